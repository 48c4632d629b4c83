import assert from "node:assert/strict";
import { test } from "node:test";
import { createCall, refuses } from "../testing/call-fixture.js";
import { MemoryNode } from "../testing/memory-node.js";

test("rooms go to the least loaded worker, and stay together there", () => {
  const node = new MemoryNode({ workers: 3 });
  for (let room = 0; room < 6; room++) {
    const client = node.client("ann", { room: `room ${room}` });
    client.join();
    client.publish("audio");
    client.offer();
  }
  assert.deepEqual(
    node.workers.ready.map((worker) => worker.take("openRouter").length),
    [2, 2, 2],
  );
});

test("[attack 28] when a worker dies its rooms move and everybody in them is told; nobody else is", () => {
  const node = new MemoryNode({ workers: 2 });
  const { ann, bob } = createCall(node);
  const eve = node.client("eve", { room: "other" });
  eve.join();
  eve.publish("audio");
  eve.offer();
  const [first, second] = node.workers.ready;
  assert.ok(first !== undefined && second !== undefined);
  second.take();
  for (const client of [ann, bob, eve]) client.told.length = 0;
  node.workers.kill(first);
  for (const client of [ann, bob]) {
    const [reconnect, ...more] = client.take("reconnect");
    assert.ok(reconnect?.reason === "workerDied" && reconnect.delayMs >= 0 && reconnect.delayMs <= 300);
    assert.deepEqual(more, []);
  }
  assert.deepEqual(eve.told, []);
  assert.deepEqual(
    second.commands.map(({ type }) => type),
    ["openRouter"],
  );
  ann.peer.ufrag = "ann2";
  ann.offer();
  bob.peer.ufrag = "bob2";
  assert.equal(bob.offer().tracks.length, 2, "the same tracks of the same participants");
  assert.equal(second.take("openConsumer").length, 2);
});

test("when no other worker is ready they are told as soon as one is", () => {
  const node = new MemoryNode();
  const { ann, bob } = createCall(node);
  const [worker] = node.workers.ready;
  assert.ok(worker !== undefined);
  bob.told.length = 0;
  node.workers.kill(worker);
  node.clock.advance(1_000);
  assert.deepEqual(bob.take("reconnect"), []);
  refuses("unavailable", () => ann.offer());
  node.workers.start();
  assert.equal(bob.take("reconnect").length, 1);
  ann.offer();
});

test("who was away when the worker died is told when it comes back", () => {
  const node = new MemoryNode({ workers: 2 });
  const { bob } = createCall(node);
  const { participantId } = bob;
  bob.membership.session.handleClientGone(participantId, bob);
  const [worker] = node.workers.ready;
  assert.ok(worker !== undefined);
  node.workers.kill(worker);
  assert.deepEqual(bob.take("reconnect"), []);
  const again = node.client("bob");
  assert.equal(again.join({ resume: participantId }).resumed, true);
  assert.equal(again.take("reconnect").length, 1);
});

test("events of a worker that is dead by now are of no interest", () => {
  const node = new MemoryNode({ workers: 2 });
  const { ann, bob } = createCall(node);
  const [worker] = node.workers.ready;
  assert.ok(worker !== undefined);
  const [transport] = worker.take("openTransport");
  node.workers.kill(worker);
  bob.told.length = 0;
  const { transportId = "" } = transport ?? {};
  node.workers.report(worker, { type: "transportState", transportId, state: { type: "closed", reason: "closed" } });
  node.workers.report(worker, { type: "audioLevels", routerId: ann.membership.session.room.roomId, levels: [] });
  assert.deepEqual(bob.told, []);
});
