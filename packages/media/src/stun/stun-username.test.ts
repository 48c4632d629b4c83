import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { StunContent } from "./stun-message.js";
import { parseStun } from "./stun-parser.js";
import { serializeStun } from "./stun-serializer.js";
import { readStunUsername } from "./stun-username.js";

const request = (username: string): StunContent => ({
  class: "request",
  method: 1,
  transactionId: new Uint8Array(12).fill(7),
  attributes: { software: "x", username, priority: 1 },
});

test("[RFC8445 §7.2.2] gives the part of USERNAME before the colon, which is the receiver's", () => {
  assert.equal(readStunUsername(serializeStun(request("ours:theirs"))), "ours");
  assert.equal(readStunUsername(serializeStun(request("ours:"))), "ours");
});

test("gives nothing for answers, other methods, and names without a ufrag", () => {
  assert.equal(readStunUsername(serializeStun({ ...request("ours:theirs"), class: "success" })), undefined);
  assert.equal(readStunUsername(serializeStun({ ...request("ours:theirs"), method: 3 })), undefined);
  assert.equal(readStunUsername(serializeStun(request("ours"))), undefined);
  assert.equal(readStunUsername(serializeStun(request(":theirs"))), undefined);
  assert.equal(readStunUsername(serializeStun(request(`${"u".repeat(257)}:x`))), undefined);
  assert.equal(readStunUsername(new Uint8Array(0)), undefined);
});

test("fuzz: whatever the parser accepts as a request has the same name for both", () => {
  const mutation = fc.record({ position: fc.nat(), value: fc.nat(255) });
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z]{0,6}:?[a-z:]{0,6}$/), fc.array(mutation, { maxLength: 4 }), (username, mutations) => {
      const bytes = serializeStun(request(username), {
        key: new Uint8Array(1),
        crypto: { hmacSha1: () => new Uint8Array(20) },
      });
      for (const { position, value } of mutations) bytes[position % bytes.length] = value;
      const message = parseStun(bytes);
      const found = readStunUsername(bytes);
      if (message === undefined || message.class !== "request" || message.method !== 1) return;
      const name = message.attributes.username;
      const expected = name?.includes(":") ? name.slice(0, name.indexOf(":")) : "";
      assert.equal(found ?? "", expected);
    }),
    { numRuns: 3_000 },
  );
});

test("fuzz: random bytes never throw", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 1_600 }), (bytes) => readStunUsername(bytes) === undefined));
});
