import assert from "node:assert/strict";
import { test } from "node:test";
import { SluiceError } from "@sluice/protocol";
import fc from "fast-check";
import { parseConfig } from "./parse-config.js";

const KEY = { k: "a-secret-of-at-least-thirty-two-bytes" };

function parse(flags: Record<string, unknown>, environment: Record<string, string> = {}, file?: unknown) {
  return parseConfig({ flags, environment, file, cpuCores: 4 });
}

test("a flag wins over its environment twin, that over the file, that over the default", () => {
  const file = { keys: KEY, workers: 2, "udp-port": 1_000, limits: { rooms: 5 } };
  const environment = { SLUICE_WORKERS: "3", SLUICE_UDP_PORT: "2000" };
  const config = parse({ workers: 4 }, environment, file);
  assert.equal(config.workers, 4);
  assert.equal(config.udpPort, 2_000);
  assert.equal(config.limits.rooms, 5);
  assert.equal(config.resumeTimeoutMs, 15_000);
});

test("an empty environment variable is an unset one: it switches nothing on", () => {
  const empty = { SLUICE_DEV: "", SLUICE_NODE_IP: "", SLUICE_KEYS: "", LIVEKIT_KEYS: "" };
  const config = parse({}, empty, { keys: KEY, "node-ip": "192.0.2.7" });
  assert.equal(config.isDev, false);
  assert.equal(config.nodeIp, "192.0.2.7");
  assert.deepEqual([...config.keys], Object.entries(KEY));
});

test("flags may be camelCase and nested, as command line parsers leave them", () => {
  const config = parse({ keys: "k: s", udpPort: 9, tls: { cert: "c", key: "k" }, limits: { participantsPerRoom: "7" } });
  assert.equal(config.udpPort, 9);
  assert.deepEqual(config.tls, { cert: "c", key: "k" });
  assert.equal(config.limits.participantsPerRoom, 7);
});

test("without workers there is one per core", () => {
  assert.equal(parse({ dev: true }).workers, 4);
});

test("development mode that others can reach is worth a warning", () => {
  assert.deepEqual(parse({ dev: true }).warnings, []);
  assert.deepEqual(parse({ dev: true, "bind-address": "127.0.0.1:7880" }).warnings, []);
  for (const address of [":7880", "0.0.0.0:7880", "192.0.2.7:7880"]) {
    assert.match(parse({ dev: true, "bind-address": address }).warnings.join(), /anybody there can enter every room/);
  }
});

test("an unknown key names the nearest known one", () => {
  assert.throws(() => parse({ dev: true, "udp-prot": 1 }), /unknown flag --udp-prot: did you mean udp-port\?/);
  assert.throws(
    () => parse({ dev: true }, {}, { limits: { roms: 1 } }),
    /unknown option limits\.roms: did you mean limits\.rooms\?/,
  );
  assert.throws(() => parse({ dev: true }, {}, ["list"]), /expected a map of options/);
  assert.throws(() => parse({ dev: true }, {}, { tls: "x" }), /tls\.: expected a map/);
});

test("a value out of its range says where it came from and what was expected", () => {
  assert.throws(() => parse({ dev: true, workers: 1_000 }), /^SluiceError: --workers: expected a whole number of 0–256/);
  assert.throws(() => parse({ dev: true }, { SLUICE_LOG_LEVEL: "loud" }), /SLUICE_LOG_LEVEL: expected one of trace, debug/);
  assert.throws(
    () => parse({ dev: true }, {}, { "node-ip": "example.org" }),
    /node-ip in the configuration file: expected an IPv4/,
  );
  assert.throws(() => parse({ dev: true, "tls.cert": "only" }), /go together/);
});

test("bind addresses in all their forms", () => {
  const bind = (text: unknown) => parse({ dev: true, "bind-address": text }).bindAddresses;
  assert.deepEqual(bind(":7880"), [{ host: undefined, port: 7_880 }]);
  assert.deepEqual(bind(7_881), [{ host: undefined, port: 7_881 }]);
  assert.deepEqual(bind("127.0.0.1:0"), [{ host: "127.0.0.1", port: 0 }]);
  assert.deepEqual(bind("[::1]:7880"), [{ host: "::1", port: 7_880 }]);
  assert.deepEqual(bind("localhost:80"), [{ host: "localhost", port: 80 }]);
  assert.deepEqual(bind("127.0.0.1:1,[::1]:1"), bind(["127.0.0.1:1", "[::1]:1"]));
  for (const bad of ["", "::1:7880", ":70000", "127.0.0.1", "a b:1", "[::1]"]) assert.throws(() => bind(bad), SluiceError, bad);
});

test("dev binds loopback only, unless bound otherwise", () => {
  assert.deepEqual(parse({ dev: true }).bindAddresses, [
    { host: "127.0.0.1", port: 7_880 },
    { host: "::1", port: 7_880 },
  ]);
  assert.deepEqual(parse({ dev: true, "bind-address": ":7880" }).bindAddresses, [{ host: undefined, port: 7_880 }]);
  assert.deepEqual(parse({}, {}, { keys: KEY }).bindAddresses, [{ host: undefined, port: 7_880 }]);
});

test("[DESIGN §6] the default key is refused outside dev, in one line that says what to do", () => {
  for (const keys of ["devkey: secret", "mine: secret", "devkey: a-secret-of-at-least-thirty-two-bytes"]) {
    assert.throws(
      () => parse({ keys }),
      (error) =>
        error instanceof SluiceError &&
        error.code === "failedPrecondition" &&
        !error.message.includes("\n") &&
        /--keys/.test(error.message),
    );
  }
  assert.throws(() => parse({}), /no API key/);
  assert.deepEqual([...parse({ dev: true }).keys], [["devkey", "secret"]]);
});

test("a short secret serves with a warning that does not carry it", () => {
  const { warnings } = parse({ keys: "k: shh-not-long" });
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? "", /"k" is shorter than 32 bytes/);
  assert.doesNotMatch(warnings[0] ?? "", /shh/);
});

test("keys come as text, list, map, SLUICE_KEYS or LIVEKIT_KEYS", () => {
  const expected = [
    ["a", "1:2"],
    ["b", "3"],
  ];
  assert.deepEqual([...parse({ keys: "a: 1:2, b: 3" }).keys], expected);
  assert.deepEqual([...parse({ keys: ["a: 1:2", "b: 3"] }).keys], expected);
  assert.deepEqual([...parse({}, {}, { keys: { a: "1:2", b: "3" } }).keys], expected);
  assert.deepEqual([...parse({}, { LIVEKIT_KEYS: "a: 1:2\nb: 3\n" }).keys], expected);
  assert.deepEqual([...parse({}, { LIVEKIT_KEYS: "x: y", SLUICE_KEYS: "a: 1:2,b: 3" }).keys], expected);
  for (const keys of ["nocolon", ": s", "k:", { k: 1 }, 5]) {
    assert.throws(() => parse({ keys }), /keys: expected "key: secret"/);
  }
});

test("origins are normalised, and what is none is refused", () => {
  const { allowedOrigins } = parse({ dev: true, "allowed-origins": "https://App.example/,*" });
  assert.deepEqual(allowedOrigins, ["https://app.example", "*"]);
  assert.throws(() => parse({ dev: true, "allowed-origins": "app.example" }), /expected origins/);
});

test("the result is frozen all the way down", () => {
  const config = parse({ dev: true });
  assert.ok(Object.isFrozen(config) && Object.isFrozen(config.limits) && Object.isFrozen(config.bindAddresses[0]));
});

test("any file, flags and environment: a Config or a SluiceError", () => {
  const names = fc.constantFrom("workers", "keys", "limits", "tls", "bind-address", "allowed-origins", "__proto__", "dev", "x");
  fc.assert(
    fc.property(fc.dictionary(names, fc.jsonValue({ maxDepth: 2 })), fc.dictionary(names, fc.anything()), (file, flags) => {
      try {
        parseConfig({ flags, environment: {}, file, cpuCores: 1 });
      } catch (error) {
        assert.ok(error instanceof SluiceError, String(error));
      }
    }),
    { numRuns: 1_000 },
  );
});
