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
  assert.deepEqual(ann.take("participantLeft"), [{ participantId: bob.participantId, reason: "connectionLost" }]);
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
  const node = new MemoryNode({ flags: { "empty-room-timeout-ms": 1_000 } });
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
