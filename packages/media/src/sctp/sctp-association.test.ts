import assert from "node:assert/strict";
import { test } from "node:test";
import { AssociationPair, bytesOf, createAssociation, type End, texts } from "./association-pair.test.js";
import type { Chunk } from "./wire/chunk.js";
import type { SctpPacket } from "./wire/packet-parser.js";

const RELIABLE = { isOrdered: true } as const;

function chunkTypes(end: End): string[] {
  return end.packets.flatMap(({ chunks }) => chunks.map(({ type }) => type));
}

function has(type: Chunk["type"]) {
  return (packet: SctpPacket) => packet.chunks.some((chunk) => chunk.type === type);
}

/** Drops the first `count` packets that carry such a chunk. */
function drop(type: Chunk["type"], count = 1) {
  let left = count;
  return (packet: SctpPacket) => !has(type)(packet) || left-- <= 0;
}

function sendBoth(pair: AssociationPair): void {
  assert.ok(pair.left.association.send(1, 51, bytesOf("left"), RELIABLE, pair.now));
  assert.ok(pair.right.association.send(1, 51, bytesOf("right"), RELIABLE, pair.now));
  pair.run(3000);
  assert.equal(texts(pair.right).at(-1), "left");
  assert.equal(texts(pair.left).at(-1), "right");
}

test("[RFC9260 §5.1] one side connects, the other answers", () => {
  const pair = new AssociationPair();
  const { left, right } = pair;
  left.association.connect(pair.now);
  pair.run(1000);
  assert.deepEqual(left.events, [{ type: "connected" }]);
  assert.deepEqual(right.events, [{ type: "connected" }]);
  assert.deepEqual(chunkTypes(left), ["init", "cookieEcho"]);
  assert.deepEqual(chunkTypes(right), ["initAck", "cookieAck"]);
  sendBoth(pair);
});

test("[RFC9260 §5.2.1] both connect at once and it is one association", () => {
  const pair = new AssociationPair().connect();
  pair.run(5000);
  assert.deepEqual(pair.left.events, [{ type: "connected" }]);
  assert.deepEqual(pair.right.events, [{ type: "connected" }]);
  sendBoth(pair);
});

for (const type of ["init", "initAck", "cookieEcho", "cookieAck"] as const) {
  for (const isMutual of [false, true]) {
    test(`[RFC9260 §5.1] a handshake whose ${type} is lost, ${isMutual ? "both connect" : "one connects"}`, () => {
      const pair = new AssociationPair();
      const { left, right } = pair;
      left.filter = drop(type);
      right.filter = drop(type);
      left.association.connect(pair.now);
      if (isMutual) right.association.connect(pair.now);
      assert.ok(pair.run(5000, () => left.association.state === "established" && right.association.state === "established"));
      pair.run(5000);
      assert.deepEqual(left.events, [{ type: "connected" }]);
      assert.deepEqual(right.events, [{ type: "connected" }]);
      sendBoth(pair);
    });
  }
}

test("[RFC9260 §5.1] handshakes at 30 % loss and with reordering come to be", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const link = { delayMs: 30, loss: { kind: "uniform", probability: 0.3 }, reorderProbability: 0.2, reorderMs: 100 } as const;
    const pair = new AssociationPair({ seed, link }).connect();
    assert.ok(pair.left.association.send(1, 51, bytesOf("left"), RELIABLE, pair.now));
    assert.ok(pair.right.association.send(1, 51, bytesOf("right"), RELIABLE, pair.now));
    assert.ok(
      pair.run(30_000, () => texts(pair.left).length + texts(pair.right).length === 2),
      `seed ${seed}`,
    );
  }
});

test("what is sent before there is a connection arrives when there is one", () => {
  const pair = new AssociationPair();
  assert.ok(pair.left.association.send(1, 51, bytesOf("early"), RELIABLE, pair.now));
  pair.connect();
  pair.run(100);
  assert.deepEqual(texts(pair.right), ["early"]);
});

test("[RFC9260 §5.1.3] a peer that never answers is given up", () => {
  const pair = new AssociationPair({
    link: { loss: { kind: "uniform", probability: 1 } },
    constants: { maxInitRetransmits: 4 },
  });
  pair.left.association.connect(pair.now);
  pair.run(20_000);
  assert.deepEqual(pair.left.events, [{ type: "closed", reason: "timedOut" }]);
  assert.equal(pair.left.packets.length, 5);
  assert.equal(pair.left.association.pollTimeout(), undefined);
});

test("[RFC9260 §8.1] a peer that falls silent is given up", () => {
  const pair = new AssociationPair({ constants: { maxRetransmits: 5 } }).connect();
  pair.setLinks({ loss: { kind: "uniform", probability: 1 } });
  pair.left.association.send(1, 51, bytesOf("anybody?"), RELIABLE, pair.now);
  pair.run(20_000);
  assert.deepEqual(pair.left.events.at(-1), { type: "closed", reason: "timedOut" });
  assert.equal(pair.left.association.heldBytes, 0);
  assert.equal(pair.left.association.send(1, 51, bytesOf("no"), RELIABLE, pair.now), false);
});

test("[RFC9260 §8.3] an idle association asks now and then, and lives", () => {
  const pair = new AssociationPair().connect();
  pair.run(100_000);
  assert.equal(pair.left.association.state, "established");
  assert.equal(chunkTypes(pair.left).filter((type) => type === "heartbeat").length, 3);
  assert.equal(chunkTypes(pair.right).filter((type) => type === "heartbeatAck").length, 3);
  assert.equal(Math.round(pair.left.association.roundTripMs ?? 0), 40);
});

test("[RFC9260 §8.3] an idle association notices that its peer is gone", () => {
  const pair = new AssociationPair({ constants: { maxRetransmits: 4 } }).connect();
  pair.setLinks({ loss: { kind: "uniform", probability: 1 } });
  pair.run(60_000);
  assert.deepEqual(pair.left.events.at(-1), { type: "closed", reason: "timedOut" });
});

test("[RFC9260 §9.1] abort tells the peer", () => {
  const pair = new AssociationPair().connect();
  pair.left.association.abort();
  pair.run(100);
  assert.deepEqual(pair.left.events.at(-1), { type: "closed", reason: "aborted" });
  assert.deepEqual(pair.right.events.at(-1), { type: "closed", reason: "abortedByPeer" });
});

test("[RFC9260 §9.2] shutdown lets everything arrive first", () => {
  const pair = new AssociationPair({ link: { delayMs: 20, loss: { kind: "uniform", probability: 0.1 } } }).connect();
  const { left, right } = pair;
  for (let index = 0; index < 100; index++) left.association.send(1, 51, bytesOf(`${index}`), RELIABLE, pair.now);
  left.association.shutdown();
  assert.equal(left.association.send(1, 51, bytesOf("late"), RELIABLE, pair.now), false);
  pair.run(20_000);
  assert.equal(texts(right).length, 100);
  assert.deepEqual(left.events.at(-1), { type: "closed", reason: "shutdown" });
  assert.deepEqual(right.events.at(-1), { type: "closed", reason: "shutdown" });
});

test("[RFC9260 §9.2] both shut down at once, and every chunk of it may be lost", () => {
  for (const type of ["shutdown", "shutdownAck", "shutdownComplete"] as const) {
    for (const isMutual of [false, true]) {
      const pair = new AssociationPair().connect();
      const { left, right } = pair;
      left.filter = drop(type);
      right.filter = drop(type);
      left.association.shutdown();
      if (isMutual) right.association.shutdown();
      pair.run(20_000);
      for (const end of [left, right]) {
        assert.deepEqual(end.events.at(-1), { type: "closed", reason: "shutdown" }, `${type}, mutual: ${isMutual}`);
      }
    }
  }
});

test("[RFC9260 §5.2.4.1] a peer that has begun anew is the same peer with new streams", () => {
  const pair = new AssociationPair().connect();
  const { left, right } = pair;
  sendBoth(pair);
  right.isReading = false;
  const reborn = createAssociation(99);
  reborn.connect(pair.now);
  const exchange = () => {
    for (let round = 0; round < 10; round++) {
      for (let data = reborn.pollPacket(pair.now); data !== undefined; data = reborn.pollPacket(pair.now)) {
        left.association.handlePacket(data.slice(), pair.now);
      }
      for (let data = left.association.pollPacket(pair.now); data !== undefined; data = left.association.pollPacket(pair.now)) {
        reborn.handlePacket(data.slice(), pair.now);
      }
    }
  };
  exchange();
  assert.equal(reborn.state, "established");
  assert.ok(reborn.send(1, 51, bytesOf("again"), RELIABLE, pair.now));
  exchange();
  const events = [];
  for (let event = left.association.pollEvent(); event !== undefined; event = left.association.pollEvent()) events.push(event);
  assert.equal(events[0]?.type, "restarted");
  assert.equal(events[1]?.type, "message");
});

test("[RFC9260 §6.10] small messages share a packet, and no packet exceeds its size", () => {
  const pair = new AssociationPair().connect();
  const before = pair.left.packets.length;
  for (let index = 0; index < 40; index++) pair.left.association.send(1, 53, new Uint8Array(100), RELIABLE, pair.now);
  pair.run(1000);
  assert.equal(texts(pair.right).length, 40);
  const counts = pair.left.packets.slice(before).map(({ chunks }) => chunks.length);
  assert.deepEqual(counts, [10, 10, 10, 10]);
});

test("[RFC9260 §6.2] one packet is acknowledged late, the second at once", () => {
  const pair = new AssociationPair({ link: { delayMs: 0 } }).connect();
  const { left, right } = pair;
  const sacks = () => chunkTypes(right).filter((type) => type === "sack").length;
  left.association.send(1, 53, new Uint8Array(10), RELIABLE, pair.now);
  pair.run(30);
  assert.equal(sacks(), 0);
  pair.run(20);
  assert.equal(sacks(), 1);
  left.association.send(1, 53, new Uint8Array(10), RELIABLE, pair.now);
  pair.run(1);
  left.association.send(1, 53, new Uint8Array(10), RELIABLE, pair.now);
  pair.run(1);
  assert.equal(sacks(), 2);
});

test("[RFC9260 §7.2.4] a hole is filled after three SACKs, long before the timer", () => {
  const pair = new AssociationPair({ link: { delayMs: 50 } }).connect();
  const { left, right } = pair;
  let count = 0;
  left.filter = (packet) => !has("data")(packet) || count++ !== 2;
  for (let index = 0; index < 10; index++) left.association.send(1, 53, new Uint8Array(1100), RELIABLE, pair.now);
  const start = pair.elapsedMs;
  assert.ok(pair.run(5000, () => texts(right).length === 10));
  // 50 ms there, 50 ms back with the SACKs, 50 ms there again.
  assert.ok(pair.elapsedMs - start < 152, `${pair.elapsedMs - start} ms`);
});

test("[RFC9260 §6.3.3] the last packet of all is repeated by the timer", () => {
  const pair = new AssociationPair({ link: { delayMs: 20 } }).connect();
  const { left, right } = pair;
  left.filter = drop("data");
  left.association.send(1, 53, new Uint8Array(1100), RELIABLE, pair.now);
  const start = pair.elapsedMs;
  assert.ok(pair.run(5000, () => texts(right).length === 1));
  assert.ok(pair.elapsedMs - start < 530, `${pair.elapsedMs - start} ms`);
});

test("messages that are empty, too long, or on no stream are refused", () => {
  const pair = new AssociationPair({ constants: { maxStreams: 16 } }).connect();
  const { association } = pair.left;
  assert.equal(association.send(1, 53, new Uint8Array(), RELIABLE, pair.now), false);
  assert.equal(association.send(1, 53, new Uint8Array(262_145), RELIABLE, pair.now), false);
  assert.equal(association.send(16, 53, new Uint8Array(1), RELIABLE, pair.now), false);
  assert.equal(association.heldBytes, 0);
});

test("[RFC6525 §5.1.2] a stream is reset after its messages, and starts at 0 again", () => {
  const pair = new AssociationPair({ link: { delayMs: 20, loss: { kind: "uniform", probability: 0.1 } } }).connect();
  const { left, right } = pair;
  for (let round = 0; round < 5; round++) {
    for (let index = 0; index < 20; index++) left.association.send(3, 51, bytesOf(`${round} ${index}`), RELIABLE, pair.now);
    assert.ok(left.association.resetStream(3));
    const resets = () => left.events.filter(({ type }) => type === "outgoingReset").length;
    assert.ok(
      pair.run(20_000, () => resets() === round + 1),
      `round ${round}`,
    );
  }
  const seen = right.events.flatMap((event) => (event.type === "incomingReset" ? [event.streamIds] : []));
  assert.deepEqual(seen, [[3], [3], [3], [3], [3]]);
  assert.equal(texts(right).length, 100);
  // The reset comes behind all that was sent before it.
  assert.equal(right.events.at(-1)?.type, "incomingReset");
});
