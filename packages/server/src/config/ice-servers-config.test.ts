import assert from "node:assert/strict";
import { test } from "node:test";
import { SluiceError } from "@sluice/protocol";
import fc from "fast-check";
import { parseStunServer, parseTurnServers } from "./ice-servers-config.js";

test("a TURN server has a login of one kind, and what is empty counts as absent", () => {
  const [shared, fixed] = parseTurnServers([
    { host: "t", port: 443, protocol: "tls", secret: "north", ttl: 0, username: "", credential: "" },
    { host: "t", secret: "", username: "u", credential: "c" },
  ]);
  assert.deepEqual(shared?.login, { type: "timeLimited", secret: "north", ttlSeconds: 14_400 });
  assert.deepEqual(fixed?.login, { type: "fixed", username: "u", credential: "c" });
  assert.equal(fixed?.port, 3_478);
});

test("as text it is JSON, for flags and environment variables", () => {
  assert.equal(parseTurnServers('[{"host":"t","secret":"north"}]')[0]?.host, "t");
});

test("what is wrong is named, and no secret with it", () => {
  const cases: [unknown, RegExp][] = [
    ["[{secret:north}]", /as text, its JSON/],
    [[{ host: "a b", secret: "north" }], /host name or address as host of the server with index 0/],
    [[{ host: "t", protocol: "sctp", secret: "north" }], /udp, tcp or tls/],
    [[{ host: "t", port: 0, secret: "north" }], /a port of/],
    [[{ host: "t", secret: "north", ttl: 5 }], /60–604800 s as ttl/],
    [[{ host: "t", secret: "north", username: "u" }], /either secret or/],
    [[{ host: "t" }], /either secret or/],
    [[{ host: "t", secret: "north", realm: "x" }], /has "realm"/],
    [Array.from({ length: 17 }, () => ({ host: "t", secret: "north" })), /16 servers at most/],
  ];
  for (const [value, expected] of cases) {
    assert.throws(
      () => parseTurnServers(value),
      (error) => error instanceof SluiceError && expected.test(error.message) && !error.message.includes("north"),
      String(expected),
    );
  }
  for (const text of ["", "a b", "s:0", "s:70000", "turn:s:1", "2001:db8::1"])
    assert.throws(() => parseStunServer(text), SluiceError);
});

test("any value: servers or a SluiceError", () => {
  const field = fc.oneof(fc.constantFrom("t", "udp", "tls", 1, "north", ""), fc.anything());
  const server = fc.record(
    { host: field, port: field, protocol: field, secret: field, username: field, credential: field, ttl: field },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(fc.array(server), fc.anything(), fc.json()), fc.string(), (value, text) => {
      for (const parse of [() => parseTurnServers(value), () => parseStunServer(text)]) {
        try {
          parse();
        } catch (error) {
          assert.ok(error instanceof SluiceError, String(error));
        }
      }
    }),
    { numRuns: 1_000 },
  );
});
