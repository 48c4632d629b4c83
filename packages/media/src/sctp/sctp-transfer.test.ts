import assert from "node:assert/strict";
import { test } from "node:test";
import { type LinkParameters, RandomGenerator } from "@sluice/netem";
import { AssociationPair, type End } from "./association-pair.test.js";
import type { SendOptions } from "./sending/outgoing-message.js";

const RELIABLE: SendOptions = { isOrdered: true };
const BURSTS = { kind: "gilbert-elliott", enterBad: 0.02, leaveBad: 0.3, lossInBad: 1, lossInGood: 0 } as const;

const NETWORKS: readonly (Partial<LinkParameters> & { readonly name: string })[] = [
  { name: "a perfect path" },
  { name: "1 % loss", delayMs: 25, loss: { kind: "uniform", probability: 0.01 } },
  { name: "5 % loss", delayMs: 25, loss: { kind: "uniform", probability: 0.05 } },
  { name: "20 % loss", delayMs: 25, loss: { kind: "uniform", probability: 0.2 } },
  { name: "bursts", delayMs: 25, loss: BURSTS },
  { name: "reordering and doubles", delayMs: 25, reorderProbability: 0.1, reorderMs: 15, duplicateProbability: 0.05 },
  { name: "long and shaky", delayMs: 150, jitterMs: 100, loss: { kind: "uniform", probability: 0.02 } },
];

function openPair(seed: number, network: Partial<LinkParameters> & { readonly name?: string }): AssociationPair {
  const { name: _, ...link } = network;
  return new AssociationPair({ seed, link }).connect();
}

/** A payload whose every byte depends on its number, of 4 bytes at least. */
function numbered(index: number, sizeBytes: number): Uint8Array {
  const payload = new Uint8Array(sizeBytes);
  for (let at = 4; at < sizeBytes; at++) payload[at] = (index * 31 + at) & 0xff;
  new DataView(payload.buffer).setUint32(0, index);
  return payload;
}

/** Collects the numbers of what arrives, and fails on a changed byte. */
function collect(end: End): { readonly streamId: number; readonly index: number; readonly at: number }[] {
  const arrived: { streamId: number; index: number; at: number }[] = [];
  end.onEvent = (event, now) => {
    if (event.type !== "message") return;
    const { payload, streamId } = event;
    const index = new DataView(payload.buffer, payload.byteOffset).getUint32(0);
    assert.deepEqual(payload, numbered(index, payload.length));
    arrived.push({ streamId, index, at: now });
  };
  return arrived;
}

for (const network of NETWORKS) {
  for (const seed of [1, 2, 3]) {
    test(`[RFC9260 §6] everything arrives whole, once and in order: ${network.name}, seed ${seed}`, () => {
      const pair = openPair(seed, network);
      const random = new RandomGenerator(seed);
      const arrived = collect(pair.right);
      const back = collect(pair.left);
      for (let index = 0; index < 200; index++) {
        const sizeBytes = random.isHit(0.1) ? 4 + (random.nextUint32() % 20_000) : 4 + (random.nextUint32() % 200);
        for (const { association } of [pair.left, pair.right]) {
          assert.ok(association.send(index % 4, 53, numbered(index, sizeBytes), RELIABLE, pair.now));
        }
        pair.run(5);
      }
      assert.ok(
        pair.run(60_000, () => arrived.length >= 200 && back.length >= 200),
        `${arrived.length} and ${back.length} of 200`,
      );
      pair.run(2000);
      for (const all of [arrived, back]) {
        assert.equal(all.length, 200);
        for (let streamId = 0; streamId < 4; streamId++) {
          const indices = all.filter((message) => message.streamId === streamId).map(({ index }) => index);
          assert.deepEqual(
            indices,
            Array.from({ length: 50 }, (_, count) => count * 4 + streamId),
          );
        }
      }
      for (const { association } of [pair.left, pair.right]) {
        assert.equal(association.heldBytes, 0);
        assert.equal(association.receivedBytes, 0);
      }
    });
  }

  test(`[RFC9260 §6.9] the largest messages, unordered ones between them: ${network.name}`, () => {
    const pair = openPair(7, network);
    const arrived = collect(pair.right);
    for (let index = 0; index < 3; index++) {
      assert.ok(pair.left.association.send(0, 53, numbered(index, 262_144), RELIABLE, pair.now));
      assert.ok(pair.left.association.send(1, 53, numbered(100 + index, 50), { isOrdered: false }, pair.now));
    }
    assert.ok(
      pair.run(120_000, () => arrived.length === 6),
      `${arrived.length} of 6`,
    );
    assert.deepEqual(
      arrived.filter(({ streamId }) => streamId === 0).map(({ index }) => index),
      [0, 1, 2],
    );
  });
}

test("throughput at 25 ms each way does not collapse with loss", () => {
  const rates = NETWORKS.slice(1, 4).map((network) => {
    const pair = openPair(11, network);
    const arrived = collect(pair.right);
    const start = pair.elapsedMs;
    let sent = 0;
    const isDone = () => {
      // A sender that always has more.
      while (sent < 400 && pair.left.association.send(0, 53, numbered(sent, 10_000), RELIABLE, pair.now)) sent++;
      return arrived.length === 400;
    };
    assert.ok(pair.run(600_000, isDone), `${arrived.length} of 400`);
    return (400 * 10_000 * 8) / (pair.elapsedMs - start);
  });
  const [low = 0, middle = 0, high = 0] = rates;
  // Mathis' bound for Reno, 1.22 × 1160 bytes / 50 ms / √loss, is 2,265 kbit/s at 1 % and 1,013 at 5 %.
  assert.ok(low > 1800, `${low} kbit/s at 1 %`);
  assert.ok(middle > 600, `${middle} kbit/s at 5 %`);
  assert.ok(high > 100, `${high} kbit/s at 20 %`);
});

test("a path of 2 Mbit/s is filled", () => {
  const pair = openPair(12, { delayMs: 25, rateBps: 2_000_000, queueLimitBytes: 40_000 });
  const arrived = collect(pair.right);
  const start = pair.elapsedMs;
  let sent = 0;
  const isDone = () => {
    while (sent < 300 && pair.left.association.send(0, 53, numbered(sent, 10_000), RELIABLE, pair.now)) sent++;
    return arrived.length === 300;
  };
  assert.ok(pair.run(60_000, isDone));
  const rateKbps = (300 * 10_000 * 8) / (pair.elapsedMs - start);
  assert.ok(rateKbps > 1600, `${rateKbps} kbit/s`);
});

test("[RFC3758 §3.5] a message that is lost does not hold up others on a channel without retransmissions", () => {
  const pair = openPair(13, { delayMs: 25, loss: { kind: "uniform", probability: 0.05 } });
  const arrived = collect(pair.right);
  const sentAt: number[] = [];
  for (let index = 0; index < 1000; index++) {
    sentAt.push(pair.now);
    assert.ok(pair.left.association.send(1, 53, numbered(index, 200), { isOrdered: false, maxRetransmits: 0 }, pair.now));
    pair.run(10);
  }
  pair.run(2000);
  assert.ok(arrived.length > 920 && arrived.length < 980, `${arrived.length} arrived`);
  // One-way delay and nothing else: nobody waits for anybody.
  const delays = arrived.map(({ index, at }) => (at - (sentAt[index] ?? 0)) / 1000);
  assert.ok(Math.max(...delays) <= 40, `${Math.max(...delays)} ms`);
  assert.equal(new Set(arrived.map(({ index }) => index)).size, arrived.length);
  assert.equal(pair.left.association.heldBytes, 0);
  assert.equal(pair.right.association.receivedBytes, 0);
});

test("[RFC3758 §3.6] an ordered lossy channel leaves gaps and keeps the order", () => {
  const pair = openPair(14, { delayMs: 25, loss: { kind: "uniform", probability: 0.2 } });
  const arrived = collect(pair.right);
  for (let index = 0; index < 500; index++) {
    assert.ok(pair.left.association.send(1, 53, numbered(index, 3000), { isOrdered: true, maxRetransmits: 1 }, pair.now));
    pair.run(300);
  }
  pair.run(5000);
  const indices = arrived.map(({ index }) => index);
  assert.deepEqual(
    indices,
    [...indices].sort((a, b) => a - b),
  );
  assert.equal(new Set(indices).size, indices.length);
  assert.ok(indices.length > 400 && indices.length < 500, `${indices.length} arrived`);
  // Of some that were given up only the acknowledgement was lost.
  assert.ok(pair.left.association.counters.abandoned >= 500 - indices.length);
  assert.equal(pair.left.association.heldBytes, 0);
  assert.equal(pair.right.association.receivedBytes, 0);
});

test("[RFC7496 §3.1] what is older than its lifetime is given up", () => {
  const pair = openPair(15, { delayMs: 25 });
  const arrived = collect(pair.right);
  pair.setLinks({ loss: { kind: "uniform", probability: 1 } });
  for (let index = 0; index < 100; index++) {
    assert.ok(pair.left.association.send(1, 53, numbered(index, 5000), { isOrdered: true, maxLifetimeMs: 500 }, pair.now));
    pair.run(20);
  }
  pair.setLinks({ loss: { kind: "none" } });
  pair.run(10_000);
  const indices = arrived.map(({ index }) => index);
  assert.ok(
    indices.every((index) => index >= 70),
    indices.join(),
  );
  assert.ok(pair.left.association.send(1, 53, numbered(1000, 5000), { isOrdered: true, maxLifetimeMs: 500 }, pair.now));
  pair.run(1000);
  assert.equal(arrived.at(-1)?.index, 1000);
  assert.equal(pair.left.association.heldBytes, 0);
});

test("5,000 messages of 100 bytes at once take five times as long as 1,000", () => {
  const workOf = (messages: number): number => {
    const pair = openPair(16, { delayMs: 20 });
    const arrived = collect(pair.right);
    for (let index = 0; index < messages; index++) {
      assert.ok(pair.left.association.send(0, 53, numbered(index, 100), RELIABLE, pair.now));
    }
    assert.ok(pair.run(30_000, () => arrived.length === messages));
    return pair.delivered;
  };
  const [few, many] = [workOf(1000), workOf(5000)];
  // Ten fit into a packet; a SACK for every second one.
  assert.ok(many < 6 * few && many < 5000 / 5, `${few} and ${many} packets`);
});

test("[RFC9260 §6.2] a reader that does not read stops the sender, and reading starts it again", () => {
  const pair = openPair(17, { delayMs: 5 });
  const { left, right } = pair;
  right.isReading = false;
  const arrived = collect(right);
  let sent = 0;
  for (let step = 0; step < 200; step++) {
    while (left.association.send(0, 53, numbered(sent, 10_000), RELIABLE, pair.now)) sent++;
    pair.run(100);
  }
  // What it holds is in the two buffers, and both are bounded.
  assert.ok(sent < 250, `${sent} were taken`);
  assert.ok(left.association.heldBytes <= 1_048_576);
  assert.ok(right.association.receivedBytes <= 1_048_576);
  assert.equal(left.association.state, "established");
  right.isReading = true;
  assert.ok(
    pair.run(20_000, () => arrived.length === sent),
    `${arrived.length} of ${sent}`,
  );
});
