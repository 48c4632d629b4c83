import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "./parse-config.js";

const parse = (flags: Readonly<Record<string, unknown>>, file?: unknown) =>
  parseConfig({ flags: { dev: true, ...flags }, environment: {}, file, cpuCores: 1 });

test("nobody listens for operators unless there is something for them, and then on this machine alone", () => {
  assert.equal(parse({}).admin, undefined);
  assert.equal(parse({ "admin.bind-address": ":7000" }).admin, undefined);
  const { admin, warnings } = parse({ "metrics.enabled": true });
  assert.deepEqual(admin?.bindAddress, { host: "127.0.0.1", port: 7_879 });
  assert.deepEqual(warnings, []);
});

test("metrics that everybody can read are warned about", () => {
  const open = { "metrics.enabled": true, "admin.bind-address": ":7000" };
  assert.match(parse(open).warnings.join(), /whoever reaches it reads the metrics/);
  assert.deepEqual(parse({ ...open, "metrics.token": "a-token-of-operators" }).warnings, []);
});

test("a token that can be guessed is none", () => {
  for (const token of ["short", "fifteen-charact", "sixteen with spaces", "é".repeat(16)]) {
    assert.throws(() => parse({ "metrics.token": token }), /16 characters or more/, token);
  }
});

test("a configuration file of LiveKit's with a port for Prometheus is one with metrics there", () => {
  for (const file of [{ prometheus_port: 6_789 }, { prometheus: { port: 6_789 } }]) {
    assert.deepEqual(parse({}, file).admin?.bindAddress, { host: undefined, port: 6_789 });
  }
  assert.equal(parse({}, { prometheus_port: 0 }).admin, undefined);
  const twice = { prometheus_port: 6_789, admin: { bind_address: ":7000" } };
  assert.throws(() => parse({}, twice), /one option/);
});

test("profiles are there only for who shows a token", () => {
  assert.throws(() => parse({ "profiling.enabled": true }), /profiling.enabled needs profiling.token/);
  assert.equal(parse({ "profiling.token": "a-token-for-profiles" }).admin, undefined);
  const { admin, warnings } = parse({
    "profiling.enabled": true,
    "profiling.token": "a-token-for-profiles",
    "admin.bind-address": ":7000",
  });
  assert.deepEqual(admin?.profiling, { token: "a-token-for-profiles" });
  assert.equal(admin?.metrics.isEnabled, false);
  assert.deepEqual(warnings, []);
});
