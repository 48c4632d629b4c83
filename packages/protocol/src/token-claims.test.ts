import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SluiceError } from "./error-code.js";
import { parseTokenClaims } from "./token-claims.js";

const good = { iss: "devkey", sub: "ann", exp: 1_900_000_000 };

test("claims in LiveKit's format come through, unknown ones are left behind", () => {
  const claims = parseTokenClaims({
    ...good,
    nbf: 1,
    name: "Ann",
    metadata: "{}",
    attributes: { role: "host" },
    sip: { admin: true },
    kind: "agent",
    kindDetails: ["forwarded"],
    sha256: "x",
    roomPreset: "small",
    roomConfig: { emptyTimeout: 10, agents: [{ agentName: "echo" }], egress: { room: null }, metadata: null },
    video: {
      room: "demo",
      roomJoin: true,
      canPublish: false,
      canPublishSources: ["camera"],
      ingressAdmin: true,
      recorder: true,
      agent: true,
      destinationRoom: "other",
      teleport: true,
    },
  });
  assert.deepEqual(claims, {
    ...good,
    nbf: 1,
    name: "Ann",
    metadata: "{}",
    attributes: { role: "host" },
    kind: "agent",
    kindDetails: ["forwarded"],
    sha256: "x",
    roomPreset: "small",
    roomConfig: { emptyTimeout: 10, agents: [{ agentName: "echo" }] },
    video: {
      room: "demo",
      roomJoin: true,
      canPublish: false,
      canPublishSources: ["camera"],
      ingressAdmin: true,
      recorder: true,
      agent: true,
      destinationRoom: "other",
    },
  });
});

test("sub falls back to jti, an absent video grants nothing, null is absent", () => {
  const claims = parseTokenClaims({ iss: "k", jti: "bob", sub: null, exp: 1, video: null, name: null });
  assert.equal(claims.sub, "bob");
  assert.deepEqual(claims.video, {});
  assert.equal("name" in claims, false);
  assert.equal(parseTokenClaims({ iss: "k", exp: 1 }).sub, "", "a token for the server's API names nobody");
});

test("a missing or mistyped claim is named", () => {
  assert.throws(() => parseTokenClaims({ ...good, sub: 1 }), /claim sub: expected a string/);
  assert.throws(() => parseTokenClaims({ ...good, exp: "tomorrow" }), /claim exp: expected a finite number/);
  assert.throws(
    () => parseTokenClaims({ ...good, video: { roomJoin: "true" } }),
    /claim video\.roomJoin: expected true or false/,
  );
  assert.throws(() => parseTokenClaims({ ...good, roomConfig: { maxParticipants: -1 } }), /claim roomConfig\.maxParticipants/);
  assert.throws(() => parseTokenClaims({ ...good, roomConfig: { agents: new Array(33).fill({}) } }), /roomConfig\.agents/);
  assert.throws(() => parseTokenClaims([]), SluiceError);
});

test("[attack 23] attributes cannot reach a prototype", () => {
  const payload = JSON.parse(
    '{"iss":"k","sub":"a","exp":1,"attributes":{"__proto__":"x","constructor":"y"},"__proto__":{"video":{"roomAdmin":true}}}',
  );
  const claims = parseTokenClaims(payload);
  assert.deepEqual(Object.entries(claims.attributes ?? {}), [["constructor", "y"]]);
  assert.equal(claims.video.roomAdmin, undefined);
});

test("any payload parses or is refused as unauthenticated", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.jsonValue(), fc.record({ iss: fc.string(), sub: fc.string(), exp: fc.double(), video: fc.jsonValue() })),
      (payload) => {
        try {
          parseTokenClaims(payload);
        } catch (error) {
          assert.ok(error instanceof SluiceError && error.code === "unauthenticated");
        }
      },
    ),
    { numRuns: 1_000 },
  );
});
