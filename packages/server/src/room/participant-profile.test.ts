import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_ATTRIBUTES, MAX_METADATA_LENGTH, MAX_NAME_LENGTH } from "@sluice/protocol";
import { createRoom, enter, join, refuses, told } from "./testing/room-fixture.js";

const GRANT = { canUpdateOwnMetadata: true };

test("[RM70] saying something of oneself takes its grant, after the join and with it", () => {
  const room = createRoom();
  refuses("permissionDenied", () => room.updateOwn(enter(room, "ann"), { name: "Ann" }));
  const claims = { iss: "key", sub: "bob", exp: 1, video: { room: "demo", roomJoin: true } };
  refuses("permissionDenied", () => room.join(claims, { metadata: "mine" }, 0));
  const { participant } = room.join({ ...claims, video: { ...claims.video, ...GRANT } }, { metadata: "mine" }, 0);
  assert.equal(participant.metadata, "mine");
  assert.equal(room.updateOwn(participant.participantId, { name: "Bob" }).name, "Bob");
});

test("[RM71] an attribute that is empty is deleted, what is not named stays, and what is too long changes nothing", () => {
  const room = createRoom();
  const ann = enter(room, "ann", GRANT);
  room.updateOwn(ann, { name: "Ann", attributes: { hand: "up", mood: "good" } });
  const { name, attributes } = room.updateOwn(ann, { attributes: { hand: "" } });
  assert.deepEqual([name, attributes], ["Ann", { mood: "good" }]);
  refuses("resourceExhausted", () => room.updateOwn(ann, { name: "x".repeat(MAX_NAME_LENGTH + 1) }));
  refuses("resourceExhausted", () => room.updateOwn(ann, { metadata: "x".repeat(MAX_METADATA_LENGTH + 1) }));
  const many = Object.fromEntries(Array.from({ length: MAX_ATTRIBUTES }, (_, index) => [`a${index}`, "x"]));
  refuses("resourceExhausted", () => room.updateOwn(ann, { name: "Eve", attributes: many }));
  assert.deepEqual(
    [room.participant(ann)?.name, room.participant(ann)?.attributes],
    ["Ann", { mood: "good" }],
    "all or nothing",
  );
});

test("[RM75] a change is told to everybody, of who is hidden to itself only, and has a version of its own", () => {
  const room = createRoom();
  const bob = enter(room, "bob");
  const ann = enter(room, "ann", GRANT);
  const before = room.participant(ann)?.version ?? 0;
  room.updateOwn(ann, { name: "Ann" });
  assert.deepEqual(told(room.pollEffects()).sort(), [`${bob}: participantUpdated`, `${ann}: participantUpdated`].sort());
  const named = room.participant(ann)?.version ?? 0;
  assert.ok(named > before);
  room.updateOwn(ann, { name: "Ann" });
  assert.deepEqual(told(room.pollEffects()), [], "nothing has changed");
  room.publish(ann, { cid: "c", kind: "audio" });
  assert.ok((room.participant(ann)?.version ?? 0) > named, "tracks are part of it");
  const ghost = join(room, "ghost", { ...GRANT, hidden: true }).participant.participantId;
  room.pollEffects();
  room.updateOwn(ghost, { name: "Boo" });
  assert.deepEqual(told(room.pollEffects()), [`${ghost}: participantUpdated`]);
});
