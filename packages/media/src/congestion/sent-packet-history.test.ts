import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { TransportFeedback } from "../rtcp/transport-feedback.js";
import { after, instant } from "../time/instant.js";
import { FeedbackResults, SENT_PACKET_FLAG } from "./feedback-results.js";
import { SENT_PACKET_HISTORY, SentPacketHistory } from "./sent-packet-history.js";

const t0 = instant(5_000_000);

function feedback(base: number, arrivals: readonly (number | undefined)[], referenceTime = 100): TransportFeedback {
  return {
    type: "transportFeedback",
    senderSsrc: 1,
    mediaSsrc: 2,
    baseSequenceNumber: base & 0xffff,
    referenceTime,
    feedbackPacketCount: 0,
    arrivals,
  };
}

function send(history: SentPacketHistory, count: number, everyMs = 1): void {
  for (let index = 0; index < count; index++) history.add(1000, 0, after(t0, index * everyMs));
}

test("tells for each packet when it left, when it came and what it was", () => {
  const history = new SentPacketHistory();
  const results = new FeedbackResults();
  const first = history.add(1200, SENT_PACKET_FLAG.audio, t0);
  history.clusterId = 7;
  history.add(300, SENT_PACKET_FLAG.retransmission, after(t0, 5));
  history.handleFeedback(feedback(first, [4, undefined]), after(t0, 50), results);
  assert.equal(results.count, 2);
  assert.deepEqual([...results.sentAt.subarray(0, 2)], [t0, after(t0, 5)]);
  assert.deepEqual([...results.sizeBytes.subarray(0, 2)], [1200, 300]);
  assert.deepEqual([...results.clusterId.subarray(0, 2)], [0, 7]);
  assert.equal(results.flags[0], SENT_PACKET_FLAG.audio);
  assert.ok(Number.isNaN(results.arrivedAt[1]));
  // Told as lost, it came after all.
  history.handleFeedback(feedback(first + 1, [20]), after(t0, 150), results);
  assert.equal(results.count, 1);
  assert.equal(results.flags[0], SENT_PACKET_FLAG.retransmission | SENT_PACKET_FLAG.late);
  // And said once more it says nothing.
  history.handleFeedback(feedback(first, [4, 20]), after(t0, 160), results);
  assert.equal(results.count, 0);
  assert.equal(history.duplicateStatuses, 2);
});

test("arrivals go on through the wrap of the 24-bit reference time", () => {
  const history = new SentPacketHistory();
  const results = new FeedbackResults();
  send(history, 4);
  history.handleFeedback(feedback(1, [0, 4], 0x7f_ffff), after(t0, 100), results);
  const before = results.arrivedAt[1] ?? 0;
  history.handleFeedback(feedback(3, [4], -0x80_0000), after(t0, 164), results);
  assert.equal((results.arrivedAt[0] ?? 0) - before, 64_000);
  assert.equal(results.isClockReset, false);
});

test("[attack 19] a reference time that jumps or goes back sets the clock anew and is counted", () => {
  const history = new SentPacketHistory();
  const results = new FeedbackResults();
  send(history, 10);
  history.handleFeedback(feedback(1, [0], 100), after(t0, 100), results);
  for (const [number, referenceTime] of [
    [2, 100_000],
    [3, -4_000_000],
    [4, 0x7f_ffff],
  ] as const) {
    history.handleFeedback(feedback(number, [0], referenceTime), after(t0, 200), results);
    assert.equal(results.count, 1);
    assert.equal(results.isClockReset, true);
  }
  assert.equal(history.clockResets, 3);
});

test("[attack 19] feedback about packets that were never sent is counted and has no effect", () => {
  const history = new SentPacketHistory();
  const results = new FeedbackResults();
  send(history, 100);
  const all = Array.from({ length: 8192 }, () => 0);
  history.handleFeedback(feedback(5000, all), t0, results);
  assert.equal(results.count, 0);
  assert.equal(history.unknownStatuses, 8192);
  history.handleFeedback(feedback(65_000, all), t0, results);
  assert.equal(results.count, 100);
  history.handleFeedback(feedback(101, [0]), t0, results);
  assert.equal(results.count, 0);
});

test("grows while packets are young, forgets the oldest when they are not, and never passes its bound", () => {
  const thin = new SentPacketHistory();
  send(thin, 20_000, 10);
  assert.equal(thin.capacity, SENT_PACKET_HISTORY.initialPackets);
  assert.ok(thin.size > thin.capacity - SENT_PACKET_HISTORY.forgottenTogether && thin.size <= thin.capacity);
  const fast = new SentPacketHistory();
  send(fast, 50_000, 0.01);
  assert.equal(fast.capacity, SENT_PACKET_HISTORY.maxPackets);
  assert.ok(fast.size <= SENT_PACKET_HISTORY.maxPackets);
  const results = new FeedbackResults();
  fast.handleFeedback(feedback(50_000, [0]), after(t0, 600), results);
  assert.equal(results.sentAt[0], after(t0, 49_999 * 0.01));
});

test("whatever feedback says, each packet is told at most once as lost and once as arrived", () => {
  const status = fc.option(fc.integer({ min: -0x8000, max: 0x7fff }), { nil: undefined });
  const step = fc.oneof(
    fc.record({ type: fc.constant("send" as const), count: fc.integer({ min: 1, max: 400 }) }),
    fc.record({
      type: fc.constant("feedback" as const),
      base: fc.nat(0xffff),
      isNear: fc.boolean(),
      referenceTime: fc.integer({ min: -0x80_0000, max: 0x7f_ffff }),
      arrivals: fc.array(status, { minLength: 1, maxLength: 300 }),
    }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const history = new SentPacketHistory();
      const results = new FeedbackResults();
      let sent = 0;
      let told = 0;
      let statuses = 0;
      for (const [index, each] of steps.entries()) {
        const now = after(t0, index * 20);
        if (each.type === "send") {
          for (let count = 0; count < each.count; count++) {
            const number = history.add(100, 0, now);
            assert.equal(number, ++sent & 0xffff);
          }
          continue;
        }
        const base = each.isNear ? sent - (each.base % 500) : each.base;
        history.handleFeedback(feedback(base, each.arrivals, each.referenceTime), now, results);
        statuses += each.arrivals.length;
        told += results.count;
        for (let at = 0; at < results.count; at++) {
          assert.ok((results.sentAt[at] ?? Infinity) <= now);
          assert.equal(results.sizeBytes[at], 100);
        }
      }
      assert.ok(told <= 2 * sent);
      assert.ok(told + history.unknownStatuses + history.duplicateStatuses <= statuses);
    }),
  );
});
