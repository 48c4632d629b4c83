import assert from "node:assert/strict";
import { test } from "node:test";
import { after, type Instant, instant } from "../../time/instant.js";
import { SCTP_CONSTANTS } from "../sctp-constants.js";
import { SctpCounters } from "../sctp-counters.js";
import { OutgoingMessage } from "./outgoing-message.js";
import { OutgoingQueue } from "./outgoing-queue.js";

const NOW = instant(1_000_000);

function message(
  streamId: number,
  sizeBytes: number,
  lossy?: { maxRetransmits?: number; expiresAt?: Instant },
): OutgoingMessage {
  const { maxRetransmits = Number.POSITIVE_INFINITY, expiresAt } = lossy ?? {};
  return new OutgoingMessage(streamId, 53, new Uint8Array(sizeBytes), false, maxRetransmits, expiresAt);
}

function create(change = {}) {
  const counters = new SctpCounters();
  return { queue: new OutgoingQueue({ ...SCTP_CONSTANTS, ...change }, counters), counters };
}

/** Sends whole messages. */
function take(queue: OutgoingQueue, now: Instant = NOW): OutgoingMessage | undefined {
  const next = queue.next(now);
  if (next !== undefined) queue.advance(next, next.remainingBytes);
  return next;
}

test("streams take turns, message by message, each in its order", () => {
  const { queue } = create();
  for (const streamId of [1, 1, 1, 2, 2, 3]) queue.push(message(streamId, 10));
  const order = Array.from({ length: 6 }, () => take(queue)).map((each) => [each?.streamId, each?.ssn]);
  assert.deepEqual(order, [
    [1, 0],
    [2, 0],
    [3, 0],
    [1, 1],
    [2, 1],
    [1, 2],
  ]);
  assert.equal(queue.isEmpty, true);
});

test("[RFC9260 §6.9] nothing goes between the fragments of a message", () => {
  const { queue } = create();
  queue.push(message(1, 100));
  queue.push(message(2, 10));
  const first = queue.next(NOW);
  assert.ok(first !== undefined);
  queue.advance(first, 60);
  assert.equal(queue.next(NOW), first);
  assert.equal(queue.isStreamDone(1), false);
  queue.advance(first, 40);
  assert.equal(queue.isStreamDone(1), true);
  assert.equal(take(queue)?.streamId, 2);
});

test("the account holds what is under way too, until it is released", () => {
  const { queue } = create({ sendBufferBytes: 1000 });
  assert.equal(queue.push(message(1, 436)), true);
  assert.equal(queue.push(message(1, 436)), true);
  assert.equal(queue.push(message(1, 1)), false);
  const first = take(queue);
  assert.ok(first !== undefined);
  assert.equal(queue.push(message(1, 1)), false);
  assert.equal(queue.push(message(1, 1), true), true);
  queue.release(first);
  assert.equal(queue.heldBytes, 500 + 65);
  assert.equal(queue.waitingBytes(1), 437);
});

test("lossy messages make room for newer ones of their stream, and only they", () => {
  const { queue, counters } = create({ lossyBufferBytes: 1000 });
  queue.push(message(9, 436, { maxRetransmits: 0 }));
  for (let index = 0; index < 10; index++) assert.equal(queue.push(message(1, 36 + index, { maxRetransmits: 0 })), true);
  assert.equal(counters.abandoned, 6);
  assert.ok(queue.heldBytes <= 1000);
  assert.equal(queue.push(message(2, 800, { maxRetransmits: 0 })), false);
  assert.equal(queue.push(message(3, 100_000)), true);
  assert.equal(take(queue)?.payload.length, 436);
  assert.equal(take(queue)?.payload.length, 42);
});

test("[RFC7496 §3.1] what has expired before it left takes no number", () => {
  const { queue, counters } = create();
  queue.push(message(1, 10, { expiresAt: after(NOW, 10) }));
  queue.push(message(1, 20, { expiresAt: after(NOW, 30) }));
  const next = take(queue, after(NOW, 10));
  assert.deepEqual([next?.payload.length, next?.ssn], [20, 0]);
  assert.equal(counters.abandoned, 1);
});

test("a stream that is dropped leaves the others", () => {
  const { queue } = create();
  for (const streamId of [1, 2, 1]) queue.push(message(streamId, 10));
  queue.dropStream(1);
  assert.equal(queue.heldBytes, 74);
  assert.equal(take(queue)?.streamId, 2);
  assert.equal(take(queue), undefined);
});
