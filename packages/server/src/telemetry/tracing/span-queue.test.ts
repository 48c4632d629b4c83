import assert from "node:assert/strict";
import { test } from "node:test";
import { after, type Instant, instant } from "@sluice/media";
import fc from "fast-check";
import type { FinishedSpan } from "./span.js";
import {
  BATCH_DELAY_MS,
  type ExportOutcome,
  MAX_ATTEMPTS,
  MAX_BATCH_SPANS,
  MAX_QUEUED_SPANS,
  SpanQueue,
} from "./span-queue.js";

const t0 = instant(0);
const SPAN: FinishedSpan = {
  context: { traceId: "ab".repeat(16), spanId: "cd".repeat(8), isSampled: true, isRemote: false },
  parent: undefined,
  links: [],
  name: "join",
  kind: "server",
  startedUs: 1,
  endedUs: 2,
  attributes: {},
  isError: false,
};

function push(queue: SpanQueue, count: number, now: Instant): void {
  for (let pushed = 0; pushed < count; pushed += 1) {
    queue.push(SPAN);
    queue.handlePushed(now);
  }
}

test("spans leave together: after a while, or as soon as a batch is full", () => {
  const queue = new SpanQueue();
  push(queue, 3, t0);
  assert.equal(queue.pollTimeout(), after(t0, BATCH_DELAY_MS));
  assert.equal(queue.pollBatch(after(t0, BATCH_DELAY_MS - 1)).length, 0);
  assert.equal(queue.pollBatch(after(t0, BATCH_DELAY_MS)).length, 3);
  queue.handleOutcome({ type: "exported", rejected: 0 }, t0, 0);
  push(queue, MAX_BATCH_SPANS, t0);
  assert.equal(queue.pollTimeout(), t0);
  assert.equal(queue.pollBatch(t0).length, MAX_BATCH_SPANS);
});

test("what fails is tried again, later and later, and given up in the end", () => {
  const queue = new SpanQueue();
  push(queue, 5, t0);
  let now = after(t0, BATCH_DELAY_MS);
  const delays: number[] = [];
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    assert.equal(queue.pollBatch(now).length, 5);
    queue.handleOutcome({ type: "failed" }, now, 1);
    const due = queue.pollTimeout();
    if (due === undefined) break;
    delays.push((due - now) / 1000);
    now = due;
  }
  assert.equal(delays.length, MAX_ATTEMPTS - 1);
  for (const [index, delay] of delays.entries()) assert.ok(delay >= (delays[index - 1] ?? 0));
  assert.deepEqual(queue.counters, {
    exported: 0,
    retried: MAX_ATTEMPTS - 1,
    queueFull: 0,
    refused: 0,
    failed: 5,
    shutdown: 0,
  });
  assert.ok(queue.isEmpty);
});

test("a collector that says when to come back is listened to", () => {
  const queue = new SpanQueue();
  push(queue, MAX_BATCH_SPANS, t0);
  queue.pollBatch(t0);
  queue.handleOutcome({ type: "failed", retryAfterMs: 7_000 }, t0, 0);
  assert.equal(queue.pollTimeout(), after(t0, 7_000));
});

test("when it is full, what comes is dropped, and counted", () => {
  const queue = new SpanQueue();
  push(queue, MAX_QUEUED_SPANS + 7, t0);
  assert.deepEqual([queue.count, queue.counters.queueFull], [MAX_QUEUED_SPANS, 7]);
});

test("after its close nothing is taken, and what fails is not tried again", () => {
  const queue = new SpanQueue();
  push(queue, 2, t0);
  queue.close(t0);
  push(queue, 1, t0);
  assert.equal(queue.pollBatch(t0).length, 2);
  queue.handleOutcome({ type: "failed" }, t0, 0);
  assert.deepEqual([queue.isEmpty, queue.counters.failed, queue.counters.shutdown], [true, 2, 1]);
});

type Step = "push" | "poll" | ExportOutcome;
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<Step>("push") },
    { weight: 2, arbitrary: fc.constant<Step>("poll") },
    fc.record({ type: fc.constant("exported" as const), rejected: fc.nat(3_000) }),
    fc.constant<Step>({ type: "failed" }),
    fc.constant<Step>({ type: "refused" }),
  ),
  { maxLength: 300 },
);

test("whatever happens, every span is counted once, and there are never more than its bound", () => {
  fc.assert(
    fc.property(steps, fc.nat(2_000), (input, burst) => {
      const queue = new SpanQueue();
      let pushed = 0;
      let isInFlight = false;
      let now = t0;
      for (const step of input) {
        now = after(now, 100);
        if (step === "push") {
          push(queue, burst, now);
          pushed += burst;
        } else if (step === "poll") isInFlight ||= queue.pollBatch(now).length > 0;
        else if (isInFlight) {
          queue.handleOutcome(step, now, 0.5);
          isInFlight = false;
        }
        assert.ok(queue.count <= MAX_QUEUED_SPANS);
        // Whatever waits will have its turn.
        assert.ok(queue.isEmpty || isInFlight || queue.pollTimeout() !== undefined);
      }
      queue.abandon();
      const { retried, ...ends } = queue.counters;
      assert.equal(
        Object.values(ends).reduce((sum, count) => sum + count, 0),
        pushed,
      );
    }),
    { numRuns: 200 },
  );
});
