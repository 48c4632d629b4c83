import assert from "node:assert/strict";
import { test } from "node:test";
import { createCall, refuses } from "../testing/call-fixture.js";
import { MemoryNode } from "../testing/memory-node.js";

test("resuming keeps the media, ends the old connection, and asks again for what may not have arrived", () => {
  const node = new MemoryNode();
  const { ann, bob } = createCall(node);
  ann.publish("video");
  ann.offer();
  node.clock.advance(10);
  node.workers.ready[0]?.take();
  const again = node.client("bob");
  const { resumed, participant } = again.join({ resume: bob.participantId });
  assert.ok(resumed && participant.participantId === bob.participantId);
  assert.equal(bob.closed?.code, "alreadyExists");
  node.clock.advance(10);
  assert.deepEqual(again.take("negotiationNeeded"), [{ audio: 1, video: 2 }]);
  assert.deepEqual(node.workers.ready[0]?.commands, []);
  bob.membership.session.handleClientGone(bob.participantId, bob);
  node.clock.advance(60_000);
  assert.equal(ann.take("participantLeft").length, 0, "the old connection's end means nothing any more");
});

test("who does not come back in 15 s has left, with its Transport", () => {
  const node = new MemoryNode();
  const { ann, bob } = createCall(node);
  bob.membership.session.handleClientGone(bob.participantId, bob);
  node.clock.advance(14_999);
  assert.deepEqual(ann.take("participantLeft"), []);
  node.workers.ready[0]?.take();
  node.clock.advance(1);
  assert.deepEqual(ann.take("participantLeft"), [
    { participantId: bob.participantId, identity: "bob", reason: "connectionLost" },
  ]);
  assert.equal(node.workers.ready[0]?.take("closeTransport").length, 1);
});

test("a second connection of the same identity takes over, and the first one learns why it ends", () => {
  const node = new MemoryNode();
  const { bob } = createCall(node);
  const other = node.client("bob");
  assert.equal(other.join().resumed, false);
  assert.deepEqual(bob.take("roomClosed"), [{ reason: "duplicateIdentity" }]);
  assert.equal(bob.closed?.code, "alreadyExists");
  refuses("failedPrecondition", () => bob.publish("audio"));
});

test("[RM60] an empty room is kept for a while, under the same id", () => {
  const node = new MemoryNode({ flags: { "room.departure-timeout": 1 } });
  const ann = node.client("ann");
  const { room } = ann.join();
  ann.publish("audio");
  ann.offer();
  ann.membership.session.leave(ann.participantId);
  node.clock.advance(999);
  assert.equal(ann.join().room.roomId, room.roomId);
  ann.membership.session.leave(ann.participantId);
  node.workers.ready[0]?.take();
  node.clock.advance(1_000);
  assert.equal(node.rooms.count, 0);
  assert.deepEqual(node.workers.ready[0]?.take("closeRouter"), [{ type: "closeRouter", routerId: room.roomId }]);
  assert.notEqual(ann.join().room.roomId, room.roomId);
});

test("a node has so many rooms; one that nobody could enter is not kept for long", () => {
  const node = new MemoryNode({ flags: { limits: { rooms: 1 } } });
  node.client("ann").join();
  refuses("resourceExhausted", () => node.client("bob", { room: "other" }).join());
  refuses("permissionDenied", () => node.client("bob", { roomJoin: false }).join());
});

test("[RM61] shutting down tells everybody and takes nobody in any more", () => {
  const node = new MemoryNode();
  const { ann, bob } = createCall(node);
  node.rooms.close();
  for (const client of [ann, bob]) {
    assert.deepEqual(client.take("roomClosed"), [{ reason: "nodeShutdown" }]);
    assert.equal(client.closed?.code, "unavailable");
  }
  refuses("unavailable", () => node.client("cat").join());
});

test("[RM52] an admin's signal reaches every room, and nobody else's does", () => {
  const node = new MemoryNode();
  const [ann, bob, cat] = [node.client("ann", { roomAdmin: true }), node.client("bob"), node.client("cat", { room: "other" })];
  for (const client of [ann, bob, cat]) client.join();
  const signal = { type: "offer", data: "sdp", everyRoom: true } as const;
  assert.deepEqual(ann.call({ method: "signal", params: signal }), { delivered: 2 });
  assert.deepEqual(cat.take("signal"), [{ from: ann.participantId, type: "offer", data: "sdp" }]);
  refuses("permissionDenied", () => bob.call({ method: "signal", params: signal }));
  refuses("invalidArgument", () => ann.call({ method: "signal", params: { ...signal, to: bob.participantId } }));
});

test("a room is as the node, a preset, and its token say, each over the one before", () => {
  const node = new MemoryNode({
    flags: {
      "room.empty-timeout": 1,
      "room.departure-timeout": 2,
      "room.sync-streams": true,
      "room.playout-delay": { enabled: true, min: 100, max: 200 },
      "room.room-configurations": { big: { departureTimeout: 20, maxParticipants: 30 } },
    },
  });
  node.client("ann").join({}, { roomPreset: "big", roomConfig: { maxParticipants: 300 } });
  const { settings } = node.rooms.find("demo")?.room ?? {};
  assert.equal(settings?.emptyTimeoutMs, 1_000);
  assert.equal(settings?.departureTimeoutMs, 20_000);
  assert.equal(settings?.maxParticipants, 300);
  assert.deepEqual([settings?.syncStreams, settings?.minPlayoutDelayMs, settings?.maxPlayoutDelayMs], [true, 100, 200]);
  refuses("invalidArgument", () => node.client("bob", { room: "other" }).join({}, { roomPreset: "small" }));
  assert.equal(node.rooms.find("other"), undefined);
});

test("[RM65] a room is made before anybody is in it; making it again sets it, and its timeout begins anew", () => {
  const node = new MemoryNode({ flags: { "room.empty-timeout": 10 } });
  const { roomId } = node.rooms.create("demo", { metadata: "first" }).room;
  node.clock.advance(9_000);
  const again = node.rooms.create("demo", { metadata: "second" }).room;
  assert.deepEqual([again.roomId, again.settings.metadata], [roomId, "second"]);
  node.clock.advance(9_999);
  assert.equal(node.client("ann").join().room.roomId, roomId);
  const other = node.rooms.create("other").room;
  node.clock.advance(10_000);
  assert.equal(node.rooms.find(other.name), undefined);
});
