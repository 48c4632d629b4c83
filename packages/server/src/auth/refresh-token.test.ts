import assert from "node:assert/strict";
import { test } from "node:test";
import { SluiceError, type TokenClaims, type VideoGrant } from "@sluice/protocol";
import { permissionsOf } from "../room/permissions.js";
import { createRoom } from "../room/testing/room-fixture.js";
import { createToken } from "./create-token.js";
import { createRefreshToken, type RefreshTokenOptions } from "./refresh-token.js";
import { TokenVerifier } from "./token-verifier.js";

const keys = new Map([
  ["one", "a-secret-of-at-least-thirty-two-bytes"],
  ["two", "another-secret-of-at-least-32-bytes-too"],
]);
const verifier = new TokenVerifier(keys);
const nowUnixSeconds = Math.floor(Date.now() / 1000);

async function comeIn(claims: Partial<TokenClaims> = {}, grant: VideoGrant = {}) {
  const room = createRoom();
  const original = {
    iss: "two",
    sub: "ann",
    exp: nowUnixSeconds + 3_600,
    video: { room: "demo", roomJoin: true, ...grant },
    ...claims,
  };
  room.join(original, {}, 0);
  const [participant] = room.participants;
  assert.ok(participant !== undefined);
  return { room, participant, claims: original };
}

async function refresh(options: Pick<RefreshTokenOptions, "claims" | "participant">): Promise<TokenClaims> {
  const token = await createRefreshToken({ keys, room: "demo", nowUnixSeconds, ...options });
  return verifier.verify(token ?? "", nowUnixSeconds * 1000);
}

test("what it may do and says of itself is as it is now, the rest as the original has it", async () => {
  const { room, participant, claims } = await comeIn(
    { name: "Ann", kind: "sip", roomPreset: "big", sha256: "of something else" },
    { canPublish: false, canUpdateOwnMetadata: true, destinationRoom: "elsewhere" },
  );
  room.update(participant.participantId, {
    name: "Anna",
    metadata: "m",
    attributes: { a: "1" },
    permissions: { canPublish: true, publishSources: new Set(["screenShare"]) },
  });
  const { exp, jti, nbf, ...refreshed } = await refresh({ claims, participant });
  assert.ok(jti !== undefined && nbf !== undefined);
  assert.equal(exp, claims.exp, "it ends with the original");
  assert.deepEqual(refreshed, {
    iss: "two",
    sub: "ann",
    name: "Anna",
    metadata: "m",
    attributes: { a: "1" },
    kind: "sip",
    kindDetails: [],
    roomPreset: "big",
    video: { ...refreshed.video, room: "demo", roomJoin: true, destinationRoom: "elsewhere" },
  });
  assert.deepEqual(permissionsOf(refreshed.video), participant.permissions);
});

test("whoever has a token that is nearly over gets 10 minutes", async () => {
  for (const exp of [nowUnixSeconds + 1, nowUnixSeconds - 100]) {
    const { claims, participant } = await comeIn({ exp });
    const left = (await refresh({ claims, participant })).exp - nowUnixSeconds;
    assert.equal(left, 600);
  }
});

test("a list of sources that are all unknown stays one that grants nothing", async () => {
  const { claims, participant } = await comeIn({}, { canPublishSources: ["hologram"] });
  const { video } = await refresh({ claims, participant });
  assert.equal(video.canPublish, false);
  assert.equal(video.canPublishData, true);
});

test("one that would be too long is none, and a key that is gone signs nothing", async () => {
  const { room, claims, participant } = await comeIn();
  room.update(participant.participantId, { metadata: "x".repeat(20_000) });
  const options = { keys, claims, participant, room: "demo", nowUnixSeconds };
  assert.equal(await createRefreshToken(options), undefined);
  await assert.rejects(
    createRefreshToken({ ...options, keys: new Map() }),
    (error) => error instanceof SluiceError && error.code === "failedPrecondition",
  );
});

test("a refreshed token is refreshed again", async () => {
  const { claims, participant } = await comeIn();
  const once = await refresh({ claims, participant });
  const { jti: _, nbf: __, exp: ___, ...twice } = await refresh({ claims: once, participant });
  assert.deepEqual(twice.video, once.video);
  assert.ok((await createToken({ key: "two", secret: "s", identity: "ann", grant: twice.video })).length > 0);
});
