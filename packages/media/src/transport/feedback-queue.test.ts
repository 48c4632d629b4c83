import assert from "node:assert/strict";
import { test } from "node:test";
import { createPacketMemory, MAX_RTP_BYTES } from "../bytes/packet-memory.js";
import { type Instant, instant } from "../time/instant.js";
import { DropCounters } from "./drop-counters.js";
import { FEEDBACK_QUEUE, FeedbackQueue, type FeedbackReceiver } from "./feedback-queue.js";

const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;

function openQueue() {
  const drops = new DropCounters();
  const queue = new FeedbackQueue(drops);
  const memory = createPacketMemory(4096);
  /** A compound of 8 bytes that carries `mark`. */
  const push = (receiver: FeedbackReceiver, mark: number, packetType = RECEIVER_REPORT) => {
    memory.bytes.set([0x80, packetType, 0, 1, 0, 0, 0, mark], 100);
    queue.push(receiver, memory, 100, 8, instant(mark));
  };
  return { queue, drops, memory, push };
}

class Receiver implements FeedbackReceiver {
  queuedFeedback = 0;
  readonly marks: number[] = [];
  readonly arrivals: Instant[] = [];
  readonly work: number;

  constructor(work = 0) {
    this.work = work;
  }

  handleFeedback(compound: Uint8Array, arrivedAt: Instant): number {
    assert.equal(compound.length, 8);
    this.marks.push(compound[7] ?? -1);
    this.arrivals.push(arrivedAt);
    return this.work;
  }
}

test("what waits is handed on in order, with the time it came, and the slot it came in may be gone", () => {
  const { queue, memory, push } = openQueue();
  const [alice, bob] = [new Receiver(), new Receiver()];
  for (let mark = 1; mark <= 6; mark++) push(mark % 2 === 0 ? alice : bob, mark);
  memory.bytes.fill(0);
  queue.drain();
  assert.deepEqual(alice.marks, [2, 4, 6]);
  assert.deepEqual(bob.arrivals, [1, 3, 5]);
  assert.deepEqual([queue.count, alice.queuedFeedback, bob.queuedFeedback], [0, 0, 0]);
});

test("one drain does a bounded amount of work, the next one goes on from there", () => {
  const { queue, push } = openQueue();
  const costly = new Receiver(256);
  for (let mark = 0; mark < 10; mark++) push(costly, mark);
  queue.drain();
  assert.equal(costly.marks.length, Math.ceil(FEEDBACK_QUEUE.workPerDrain / (256 + FEEDBACK_QUEUE.workPerCompound)));
  for (let drains = 0; drains < 3; drains++) queue.drain();
  assert.deepEqual(costly.marks, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("attack 19: one peer's flood is dropped and counted, others' feedback is not", () => {
  const { queue, drops, push } = openQueue();
  const [mallory, alice] = [new Receiver(), new Receiver()];
  for (let mark = 0; mark < 200; mark++) push(mallory, mark);
  push(alice, 1);
  assert.equal(drops.feedbackQueueFull, 200 - FEEDBACK_QUEUE.perTransport);
  queue.drain();
  assert.deepEqual(alice.marks, [1]);
});

test("attack 19: a storm of everybody's feedback leaves room for sender reports, and never more than the queue holds", () => {
  const { queue, drops, push } = openQueue();
  const { capacity, reservedForReports } = FEEDBACK_QUEUE;
  for (let peer = 0; peer < 1000; peer++) push(new Receiver(), 0);
  assert.equal(queue.count, capacity - reservedForReports);
  const publisher = new Receiver();
  push(publisher, 7, SENDER_REPORT);
  for (let peer = 0; peer < 1000; peer++) push(new Receiver(), 0, SENDER_REPORT);
  assert.equal(queue.count, capacity);
  assert.equal(drops.feedbackQueueFull, 2001 - capacity);
  while (queue.count > 0) queue.drain();
  assert.deepEqual(publisher.marks, [7]);
});

test("a compound longer than any datagram is dropped", () => {
  const { queue, drops, memory } = openQueue();
  queue.push(new Receiver(), memory, 0, MAX_RTP_BYTES + 1, instant(0));
  assert.deepEqual([queue.count, drops.feedbackQueueFull], [0, 1]);
});
