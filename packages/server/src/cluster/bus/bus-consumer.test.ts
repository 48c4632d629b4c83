import assert from "node:assert/strict";
import { test } from "node:test";
import { after, type Instant, instant } from "@sluice/media";
import { RandomGenerator } from "@sluice/netem";
import { BusConsumer, type Work } from "./bus-consumer.js";
import type { Delivery } from "./bus-inbox.js";
import { BUS_LIMITS } from "./bus-limits.js";
import { roomChannel } from "./channel.js";
import { GapQueue } from "./gap-queue.js";

const t0 = instant(1_000_000);
const ROOM = roomChannel("r");

function delivery(sender: string, sequence: number, expiresAt: Instant = after(t0, 60_000), sizeBytes = 1): Delivery {
  return { message: { channel: ROOM, sender, epoch: 1, sequence, payload: new Uint8Array(sizeBytes) }, expiresAt };
}

function setUp(lanes: number) {
  const gaps = new GapQueue();
  return { gaps, consumer: new BusConsumer(lanes, gaps) };
}

test("a sender's next message waits for the one before it, another sender's does not", () => {
  const { consumer } = setUp(8);
  // Of these two names the lanes differ.
  for (const [sender, sequence] of [
    ["a", 1],
    ["a", 2],
    ["b", 1],
  ] as const)
    consumer.push(delivery(sender, sequence), t0);
  const works = [consumer.pollWork(t0), consumer.pollWork(t0)].map(
    (work) => `${work?.message.sender}${work?.message.sequence}`,
  );
  assert.deepEqual(works.sort(), ["a1", "b1"]);
  assert.equal(consumer.pollWork(t0), undefined);
});

test("what fails is tried again after delays that double, and given up after the last try", () => {
  const { consumer, gaps } = setUp(1);
  consumer.push(delivery("a", 1), t0);
  consumer.push(delivery("a", 2), t0);
  let now = t0;
  const delays: number[] = [];
  for (let attempt = 1; attempt < BUS_LIMITS.maxAttempts; attempt++) {
    consumer.handleOutcome(consumer.pollWork(now) as Work, "failed", now, 1);
    assert.equal(consumer.pollWork(now), undefined);
    const due = consumer.pollTimeout() as Instant;
    delays.push((due - now) / 1000);
    now = due;
  }
  assert.deepEqual(delays, [50, 100, 200]);
  assert.deepEqual(gaps.pollGaps([]), []);
  consumer.handleOutcome(consumer.pollWork(now) as Work, "failed", now, 1);
  assert.deepEqual(gaps.pollGaps([]), [{ channel: ROOM, sender: "a", cause: "dropped" }]);
  assert.equal(consumer.pollWork(now)?.message.sequence, 2);
  assert.equal(consumer.counters.failed, 1);
});

test("a handler that does not end loses its lane, and what it says afterwards is not heard", () => {
  const { consumer, gaps } = setUp(1);
  consumer.push(delivery("a", 1), t0);
  consumer.push(delivery("a", 2), t0);
  const stuck = consumer.pollWork(t0) as Work;
  const due = consumer.pollTimeout() as Instant;
  assert.equal(due, after(t0, BUS_LIMITS.handlerTimeoutMs));
  const second = consumer.pollWork(due) as Work;
  assert.equal(second.message.sequence, 2);
  consumer.handleOutcome(stuck, "failed", due, 0);
  consumer.handleOutcome(second, "handled", due, 0);
  assert.deepEqual({ ...consumer.counters }, { handled: 1, retried: 0, failed: 0, timedOut: 1, expired: 0, refused: 0 });
  assert.equal(gaps.pollGaps([]).length, 1);
  assert.equal(consumer.count, 0);
});

test("when it is full the oldest that has expired makes room, then what comes is refused", () => {
  const { consumer, gaps } = setUp(4);
  for (let index = 0; index < BUS_LIMITS.maxWaiting; index++) {
    const expiresAt = after(t0, index === 500 ? 5 : index === 600 ? 3 : 60_000);
    assert.equal(consumer.push(delivery(`n${index % 7}`, index, expiresAt), t0), true);
  }
  assert.equal(consumer.push(delivery("late", 1), t0), false);
  const now = after(t0, 10);
  assert.equal(consumer.push(delivery("late", 2), now), true);
  assert.equal(consumer.push(delivery("late", 3), now), true);
  assert.equal(consumer.push(delivery("late", 4), now), false);
  assert.deepEqual([consumer.counters.expired, consumer.counters.refused], [2, 2]);
  assert.ok(gaps.pollGaps([]).some(({ sender }) => sender === "late"));
});

test("bytes are bounded as messages are", () => {
  const { consumer } = setUp(2);
  const sizeBytes = BUS_LIMITS.maxPayloadBytes;
  const fitting = Math.floor(BUS_LIMITS.maxWaitingBytes / sizeBytes);
  const taken = Array.from({ length: fitting + 5 }, (_, index) =>
    consumer.push(delivery("a", index, undefined, sizeBytes), t0),
  );
  assert.equal(taken.filter(Boolean).length, fitting);
  assert.equal(consumer.sizeBytes, fitting * sizeBytes);
});

for (let seed = 1; seed <= 50; seed++) {
  test(`order, bounds and counts hold whatever happens: seed ${seed}`, () => {
    const random = new RandomGenerator(seed);
    const { consumer } = setUp(1 + (random.nextUint32() % 5));
    const running: Work[] = [];
    const last = new Map<string, number>();
    let now = t0;
    let pushed = 0;
    for (let step = 0; step < 3_000; step++) {
      const choice = random.next();
      if (choice < 0.5) {
        pushed += 1;
        const ttlMs = random.isHit(0.2) ? random.next() * 50 : 60_000;
        consumer.push(delivery(`n${random.nextUint32() % 9}`, pushed, after(now, ttlMs)), now);
      } else if (choice < 0.75) {
        const work = consumer.pollWork(now);
        if (work !== undefined) {
          const { sender, sequence } = work.message;
          assert.ok((last.get(sender) ?? 0) <= sequence, "never back");
          last.set(sender, sequence);
          running.push(work);
        }
      } else if (choice < 0.95) {
        const [work] = running.splice(Math.floor(random.next() * running.length), 1);
        if (work !== undefined) consumer.handleOutcome(work, random.isHit(0.3) ? "failed" : "handled", now, random.next());
      } else {
        now = after(now, random.isHit(0.05) ? 6_000 : random.next() * 60);
      }
      assert.ok(consumer.count <= BUS_LIMITS.maxWaiting && consumer.count >= 0);
    }
    const { handled, failed, timedOut, expired, refused } = consumer.counters;
    assert.equal(handled + failed + timedOut + expired + refused + consumer.count, pushed, "nothing is lost uncounted");
    assert.equal(consumer.sizeBytes, consumer.count);
  });
}
