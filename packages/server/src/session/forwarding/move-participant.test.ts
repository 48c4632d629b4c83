import assert from "node:assert/strict";
import { test } from "node:test";
import { type ErrorCode, SluiceError } from "@sluice/protocol";
import { decodeJwt } from "jose";
import { DEV_KEY } from "../../config/api-keys.js";
import type { MemoryClient } from "../../testing/memory-client.js";
import { MemoryNode } from "../../testing/memory-node.js";

const CLAIMS = { iss: DEV_KEY, name: "Ann" };

function hasCode(code: ErrorCode) {
  return (error: unknown) => error instanceof SluiceError && error.code === code;
}

/** Ann and Bob are in the room "demo". */
function openRoom(flags = {}): { node: MemoryNode; ann: MemoryClient; bob: MemoryClient } {
  const node = new MemoryNode({ flags });
  node.rooms.create("demo");
  const [ann, bob] = [node.client("ann", { canPublishData: false }), node.client("bob")];
  ann.join({}, { ...CLAIMS, exp: 2_000_000_000 });
  bob.join({}, CLAIMS);
  bob.told.splice(0);
  return { node, ann, bob };
}

test("[RM98] who is moved is given a token for the other room, and has left this one", async () => {
  const { node, ann, bob } = openRoom();
  const { participantId } = ann;
  node.rooms.find("demo")?.command((room) => room.update(participantId, { name: "Anne" }));
  bob.told.splice(0);
  await node.rooms.moveParticipant("demo", "ann", "other");
  const [moved, closed] = ann.told.slice(-2);
  assert.ok(moved?.method === "moved" && closed?.method === "roomClosed");
  assert.deepEqual([moved.params.room, closed.params.reason, ann.closed?.code], ["other", "moved", "notFound"]);
  const claims = decodeJwt<{ name: string; video: Record<string, unknown> }>(moved.params.token);
  const { room, roomJoin, canPublishData } = claims.video;
  assert.deepEqual([claims.iss, claims.sub, claims.name], [DEV_KEY, "ann", "Anne"]);
  assert.deepEqual([room, roomJoin, canPublishData], ["other", true, false]);
  assert.deepEqual(bob.take("participantLeft"), [{ participantId, identity: "ann", reason: "moved" }]);
  assert.ok(node.rooms.find("other") !== undefined, "it is waited for there");
});

test("[RM98] an admin of one room is none of the room it is moved to", async () => {
  const { node } = openRoom();
  const admin = node.client("admin", { roomAdmin: true, destinationRoom: "other" });
  admin.join({}, CLAIMS);
  await node.rooms.moveParticipant("demo", "admin", "other");
  const [moved] = admin.take("moved");
  const { video } = decodeJwt<{ video: Record<string, unknown> }>(moved?.token ?? "");
  assert.deepEqual([video.room, video.roomAdmin], ["other", false]);
});

test("[RM98] nobody is moved who is not there, nowhere, or to where it is", async () => {
  const { node, ann } = openRoom({ "room.auto-create": false });
  await assert.rejects(node.rooms.moveParticipant("demo", "eve", "other"), hasCode("notFound"));
  await assert.rejects(node.rooms.moveParticipant("none", "ann", "other"), hasCode("notFound"));
  await assert.rejects(node.rooms.moveParticipant("demo", "ann", "demo"), hasCode("invalidArgument"));
  await assert.rejects(node.rooms.moveParticipant("demo", "ann", "other"), hasCode("notFound"));
  node.rooms.create("other");
  ann.membership.session.handleClientGone(ann.participantId, ann);
  await assert.rejects(node.rooms.moveParticipant("demo", "ann", "other"), hasCode("failedPrecondition"));
});
