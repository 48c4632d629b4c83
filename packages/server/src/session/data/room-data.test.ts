import assert from "node:assert/strict";
import { test } from "node:test";
import { DATA_LABELS, MAX_DATA_BYTES, MAX_DATA_PAYLOAD_BYTES, serializeDataMessage } from "@sluice/protocol";
import { refuses } from "../../testing/call-fixture.js";
import type { MemoryClient } from "../../testing/memory-client.js";
import { DataRoom } from "./testing/data-room.js";

const { reliable, lossy } = DATA_LABELS;

const call = (client: MemoryClient, text: string) =>
  client.call({ method: "sendData", params: { data: Buffer.from(text).toString("base64") } });

test("[RM56] a message crosses to the worker once, for all who have a channel of its kind", () => {
  const room = new DataRoom();
  const [ann, bob, cat] = [room.enter("ann"), room.enter("bob"), room.enter("cat")];
  for (const label of [reliable, lossy]) {
    room.send(ann, label, "hi", { topic: "t" });
    const transportIds = [room.transportOf(bob), room.transportOf(cat)];
    assert.deepEqual(room.sent(), [{ transportIds, label, header: { from: ann.participantId, topic: "t" }, text: "hi" }]);
  }
  room.send(ann, reliable, "psst", { to: [cat.participantId] });
  assert.deepEqual(room.sent()[0]?.transportIds, [room.transportOf(cat)]);
  assert.deepEqual([bob.take("data"), cat.take("data")], [[], []]);
  assert.deepEqual([room.counters.accepted, room.counters.toChannels, room.counters.undelivered], [3, 5, 0]);
});

test("[RM56] without a channel a reliable message comes by signaling if it fits; a lossy one does not come", () => {
  const room = new DataRoom();
  const [ann, bob] = [room.enter("ann"), room.enter("bob", [])];
  room.node.clock.advance(5_000);
  room.send(ann, reliable, "hi");
  room.send(ann, lossy, "now");
  assert.deepEqual(bob.take("data"), [{ from: ann.participantId, topic: "", data: Buffer.from("hi").toString("base64") }]);
  assert.deepEqual([room.counters.toSignaling, room.counters.undelivered], [1, 1]);
});

test("[RM56] a long message waits for the channel of a newcomer, and what comes after it waits with it", () => {
  const room = new DataRoom();
  const ann = room.enter("ann");
  const bob = room.node.client("bob");
  bob.join();
  bob.told.length = 0;
  const long = "x".repeat(MAX_DATA_BYTES + 1);
  room.send(ann, reliable, long);
  room.send(ann, reliable, "short");
  bob.peer.addDataSection();
  bob.offer();
  const [opened] = room.worker.take("openTransport");
  room.node.clock.advance(1_000);
  assert.deepEqual([room.sent(), bob.take("data")], [[], []]);
  const transportId = opened?.transportId ?? "";
  room.node.workers.report(room.worker, { type: "dataChannelOpened", transportId, label: reliable, isOrdered: true });
  room.send(ann, reliable, "last");
  assert.deepEqual(
    room.sent().map((each) => [each.transportIds[0], each.text]),
    [long, "short", "last"].map((text) => [transportId, text]),
  );
});

test("[RM56] when no channel comes in five seconds what signaling can carry goes there", () => {
  const room = new DataRoom();
  const ann = room.enter("ann");
  const bob = room.enter("bob", []);
  room.send(ann, reliable, "x".repeat(MAX_DATA_BYTES + 1));
  room.send(ann, reliable, "short");
  room.node.clock.advance(4_900);
  assert.deepEqual(bob.take("data"), []);
  room.node.clock.advance(100);
  assert.deepEqual(bob.take("data").length, 1);
  room.send(ann, reliable, "x".repeat(MAX_DATA_BYTES + 1));
  room.send(ann, reliable, "at once");
  assert.deepEqual([bob.take("data").length, room.counters.undelivered], [1, 2]);
});

test("[RM56] what waits is bounded, and nothing waits for who cannot have a channel", () => {
  const room = new DataRoom();
  const ann = room.enter("ann");
  room.enter("bob", []);
  for (let at = 0; at < 8; at++) room.send(ann, reliable, "x".repeat(MAX_DATA_PAYLOAD_BYTES));
  assert.equal(room.counters.undelivered, 4, "a megabyte holds four of them");
  const plain = room.node.client("plain");
  plain.join();
  plain.publish("audio");
  plain.offer();
  room.send(ann, reliable, "x".repeat(MAX_DATA_BYTES + 1), { to: [plain.participantId] });
  room.send(ann, reliable, "at once", { to: [plain.participantId] });
  assert.deepEqual([plain.take("data").length, room.counters.undelivered], [1, 5]);
});

test("[RM56] who is away has its channel still, and nothing else", () => {
  const room = new DataRoom();
  const [ann, bob, cat] = [room.enter("ann"), room.enter("bob"), room.enter("cat", [])];
  for (const client of [bob, cat]) client.membership.session.handleClientGone(client.participantId, client);
  room.send(ann, reliable, "hi");
  assert.deepEqual(room.sent()[0]?.transportIds, [room.transportOf(bob)]);
  assert.equal(room.counters.undelivered, 1);
});

test("[RM55] a receiver has one way at a time, whichever way its sender's messages came", () => {
  const room = new DataRoom();
  const [ann, bob] = [room.enter("ann", []), room.enter("bob", [])];
  call(ann, "1");
  room.open(bob, reliable);
  call(ann, "2");
  room.open(ann, reliable);
  room.send(ann, reliable, "3");
  room.close(bob, reliable);
  room.send(ann, reliable, "4");
  const told = bob.take("data").map(({ data }) => Buffer.from(data, "base64").toString());
  assert.deepEqual(
    [told, room.sent().map(({ text }) => text)],
    [
      ["1", "4"],
      ["2", "3"],
    ],
  );
});

test("[RM55] one sender's messages leave in the order they came", () => {
  const room = new DataRoom();
  const ann = room.enter("ann");
  room.enter("bob");
  const texts = Array.from({ length: 100 }, (_, index) => String(index));
  for (const [index, text] of texts.entries()) {
    if (index % 3 === 0) call(ann, text);
    else room.send(ann, reliable, text);
  }
  assert.deepEqual(
    room.sent().map(({ text }) => text),
    texts,
  );
});

test("[RM51] [RM54] [RM57] what is not granted on a channel is dropped and counted; the channel stays", () => {
  const room = new DataRoom();
  const ann = room.enter("ann");
  const mute = room.enter("mute", undefined, { canPublishData: false });
  room.send(mute, reliable, "hi");
  room.send(ann, lossy, "x".repeat(1_301));
  for (let at = 0; at < 1_100; at++) room.send(ann, lossy, "");
  assert.deepEqual([room.counters.notPermitted, room.counters.tooLong, room.counters.overRate], [1, 1, 100]);
  assert.equal(room.sent().length, 1_000);
  assert.deepEqual(room.worker.commands, []);
  room.node.clock.advance(1_000);
  room.send(ann, lossy, "");
  assert.equal(room.sent().length, 1);
});

test("[attack 23] what is no message of ours is dropped and counted", () => {
  const room = new DataRoom();
  const ann = room.enter("ann");
  room.enter("bob");
  room.open(ann, "chat");
  room.send(ann, "chat", "hi");
  room.sendRaw(ann, reliable, Buffer.from("hello"), false);
  room.sendRaw(ann, reliable, Uint8Array.of());
  room.sendRaw(ann, lossy, Uint8Array.of(1, 0xff, 0xff));
  room.sendRaw(ann, reliable, serializeDataMessage({ topic: "t".repeat(500) }, new Uint8Array()));
  assert.deepEqual([room.counters.unknownChannel, room.counters.malformed], [1, 4]);
  assert.deepEqual(room.sent(), []);
});

test("the largest message fits a channel with its envelope", () => {
  const room = new DataRoom();
  const ann = room.enter("ann");
  room.enter("bob");
  room.sendRaw(ann, reliable, serializeDataMessage({ topic: "t".repeat(128) }, new Uint8Array(MAX_DATA_PAYLOAD_BYTES)));
  const [command] = room.worker.take("sendData");
  assert.ok(command && command.payload.length <= 262_144);
});

test("the node opens a channel itself only for a client that could and did not", () => {
  const room = new DataRoom();
  const ann = room.enter("ann");
  const bob = room.enter("bob", []);
  const opened = () => room.worker.take("openDataChannel").map(({ transportId, parameters }) => [transportId, parameters]);
  room.send(ann, lossy, "too soon");
  assert.deepEqual(opened(), [], "its own may be under way");
  room.node.clock.advance(2_000);
  room.send(ann, lossy, "");
  room.send(ann, reliable, "");
  room.send(ann, lossy, "");
  const transportId = room.transportOf(bob);
  assert.deepEqual(opened(), [
    [transportId, { label: lossy, isOrdered: false, maxRetransmits: 0 }],
    [transportId, { label: reliable, isOrdered: true }],
  ]);
  room.open(bob, lossy);
  room.send(ann, lossy, "now");
  assert.deepEqual(
    room.sent().map(({ text }) => text),
    ["now"],
  );
});

test("a client without a data section is sent no channel", () => {
  const room = new DataRoom();
  const ann = room.enter("ann");
  const plain = room.node.client("plain");
  plain.join();
  plain.publish("audio");
  plain.offer();
  room.node.clock.advance(60_000);
  room.send(ann, reliable, "hi");
  assert.deepEqual(room.worker.take("openDataChannel", "sendData"), []);
  assert.equal(plain.take("data").length, 1);
});

test("a client whose section comes later has as long to open its channel", () => {
  const room = new DataRoom();
  const ann = room.enter("ann");
  const late = room.node.client("late");
  late.join();
  late.publish("audio");
  late.offer();
  const [transport] = room.worker.take("openTransport");
  const transportId = transport?.transportId ?? "";
  room.node.workers.report(room.worker, { type: "transportState", transportId, state: { type: "connected" } });
  room.node.clock.advance(60_000);
  late.peer.addDataSection();
  late.offer();
  room.send(ann, lossy, "too soon");
  assert.deepEqual(room.worker.take("openDataChannel"), []);
  room.node.clock.advance(2_000);
  room.send(ann, lossy, "now");
  assert.equal(room.worker.take("openDataChannel").length, 1);
});

test("the channels end with their Transport, and with the worker", () => {
  const room = new DataRoom();
  const [ann, bob] = [room.enter("ann"), room.enter("bob")];
  room.node.workers.report(room.worker, {
    type: "transportState",
    transportId: room.transportOf(bob),
    state: { type: "closed", reason: "dtlsClosed" },
  });
  room.send(ann, reliable, "1");
  assert.deepEqual([room.sent(), bob.take("data").length], [[], 1]);
  room.node.workers.start();
  room.node.workers.kill(room.worker);
  call(ann, "2");
  room.sendRaw(ann, reliable, serializeDataMessage({}, Buffer.from("from a worker that died")));
  assert.deepEqual(room.sent(), []);
  assert.equal(bob.take("data").length, 1);
  assert.equal(room.counters.accepted, 2);
});

test("a request is refused with the room's reason", () => {
  const room = new DataRoom();
  const mute = room.enter("mute", undefined, { canPublishData: false });
  refuses("permissionDenied", () => call(mute, "hi"));
});
