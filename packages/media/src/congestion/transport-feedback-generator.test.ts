import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseRtcp, serializeRtcp } from "../rtcp/rtcp-compound.js";
import type { TransportFeedback } from "../rtcp/transport-feedback.js";
import { after, type Instant, instant } from "../time/instant.js";
import { TRANSPORT_FEEDBACK, TransportFeedbackGenerator } from "./transport-feedback-generator.js";

const t0 = instant(777_123_456);

/** What is due at `now`, as the other end reads it. */
function poll(generator: TransportFeedbackGenerator, now: Instant): TransportFeedback[] {
  const all: TransportFeedback[] = [];
  for (;;) {
    const next = generator.pollFeedback(1, 2, now);
    if (next === undefined) return all;
    const bytes = serializeRtcp([next]);
    assert.ok(bytes.length <= TRANSPORT_FEEDBACK.maxFeedbackBytes + 4, `${bytes.length} bytes`);
    const [read] = parseRtcp(bytes) ?? [];
    assert.deepEqual(read, next);
    all.push(next);
    assert.ok(all.length < 100, "does not end");
  }
}

/** Arrival times, ms after t0, by 16-bit number; undefined: reported missing. */
function timeline(feedbacks: readonly TransportFeedback[]): Map<number, number | undefined> {
  const times = new Map<number, number | undefined>();
  for (const { baseSequenceNumber, referenceTime, arrivals } of feedbacks) {
    for (const [index, arrival] of arrivals.entries()) {
      const at = arrival === undefined ? undefined : (referenceTime * 64_000 + arrival * 250 - t0) / 1000;
      times.set((baseSequenceNumber + index) & 0xffff, at);
    }
  }
  return times;
}

test("reports arrivals and gaps, 100 ms after the first of them", () => {
  const generator = new TransportFeedbackGenerator();
  assert.equal(generator.pollTimeout(), undefined);
  for (const [number, ms] of [
    [65_534, 0],
    [65_535, 3],
    [1, 10],
    [2, 10],
  ] as const) {
    generator.handlePacket(number, after(t0, ms), 0);
  }
  assert.equal(generator.pollTimeout(), after(t0, 100));
  assert.deepEqual(poll(generator, after(t0, 99)), []);
  const feedbacks = poll(generator, after(t0, 100));
  assert.equal(feedbacks.length, 1);
  const times = timeline(feedbacks);
  assert.deepEqual([...times.keys()], [65_534, 65_535, 0, 1, 2]);
  assert.equal(times.get(0), undefined);
  for (const [number, ms] of [
    [65_534, 0],
    [65_535, 3],
    [1, 10],
  ] as const) {
    assert.ok(Math.abs((times.get(number) ?? 0) - ms) <= 0.5, `${number}: ${times.get(number)}`);
  }
  assert.equal(generator.pollTimeout(), undefined);
});

test("many packets make feedback due after 50 ms, but no sooner", () => {
  const generator = new TransportFeedbackGenerator();
  for (let number = 0; number < 1000; number++) generator.handlePacket(number, after(t0, number / 10), 0);
  assert.equal(generator.pollTimeout(), after(t0, 50));
  assert.equal(timeline(poll(generator, after(t0, 100))).size, 1000);
  for (let number = 1000; number < 1100; number++) generator.handlePacket(number, after(t0, 110), 0);
  assert.equal(generator.pollTimeout(), after(t0, 150));
});

test("a packet that comes after it was reported missing is reported again, a duplicate is not", () => {
  const generator = new TransportFeedbackGenerator();
  for (const number of [10, 12]) generator.handlePacket(number, t0, 0);
  assert.equal(timeline(poll(generator, after(t0, 100))).get(11), undefined);
  generator.handlePacket(12, after(t0, 110), 0);
  assert.equal(generator.pollTimeout(), undefined);
  generator.handlePacket(11, after(t0, 120), 0);
  const times = timeline(poll(generator, after(t0, 220)));
  assert.ok(Math.abs((times.get(11) ?? 0) - 120) < 1);
  assert.ok(Math.abs((times.get(12) ?? 99) - 0) < 1, "the first arrival counts");
});

test("a jump forward begins anew; so does a sender that starts over, after a few packets", () => {
  const generator = new TransportFeedbackGenerator();
  generator.handlePacket(100, t0, 0);
  generator.handlePacket(20_000, after(t0, 1), 0);
  assert.equal(generator.restarts, 1);
  assert.deepEqual([...timeline(poll(generator, after(t0, 101))).keys()], [20_000]);
  for (let index = 0; index < 20; index++) generator.handlePacket(5000 + index, after(t0, 200 + index), 0);
  assert.equal(generator.stale, TRANSPORT_FEEDBACK.staleBeforeRestart);
  assert.equal(generator.restarts, 2);
  const numbers = [...timeline(poll(generator, after(t0, 400))).keys()];
  assert.deepEqual([numbers[0], numbers.at(-1)], [5015, 5019]);
});

test("packets that waited to be read are reported as they arrived, not as they were read", () => {
  const generator = new TransportFeedbackGenerator();
  for (const [number, ageMs] of [30, 20, 10, 40].entries()) generator.handlePacket(number, after(t0, 50), ageMs * 1000);
  const times = timeline(poll(generator, after(t0, 200)));
  const gaps = [1, 2].map((number) => (times.get(number) ?? 0) - (times.get(number - 1) ?? 0));
  for (const gap of gaps) assert.ok(Math.abs(gap - 10) < 1, `${gap} ms`);
  assert.equal(times.get(3), times.get(0), "what came before the first has the first one's time");
});

test("arrivals 10 s apart go into two feedbacks, because the wire cannot say them in one", () => {
  const generator = new TransportFeedbackGenerator();
  generator.handlePacket(1, t0, 0);
  generator.handlePacket(2, after(t0, 10_000), 0);
  const feedbacks = poll(generator, after(t0, 10_000));
  assert.equal(feedbacks.length, 2);
  assert.ok(Math.abs((timeline(feedbacks).get(2) ?? 0) - 10_000) < 1);
});

test("whatever comes in whatever order, everything it says can be written, and the latest arrival is reported", () => {
  const step = fc.record({
    jump: fc.oneof(
      { weight: 10, arbitrary: fc.constant(1) },
      { weight: 3, arbitrary: fc.integer({ min: -40, max: 40 }) },
      { weight: 1, arbitrary: fc.integer({ min: -0x8000, max: 0x7fff }) },
    ),
    waitMs: fc.oneof(
      { weight: 10, arbitrary: fc.integer({ min: 0, max: 20 }) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 30_000 }) },
    ),
    isPolled: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.nat(0xffff), fc.array(step, { maxLength: 300 }), (first, steps) => {
      const generator = new TransportFeedbackGenerator();
      let now = t0;
      let number = first;
      let isNews = false;
      const seen = new Set<number>();
      for (const { jump, waitMs, isPolled } of steps) {
        now = after(now, waitMs);
        number = (number + jump + 0x10000) & 0xffff;
        const { stale } = generator;
        generator.handlePacket(number, now, 0);
        isNews = generator.stale === stale && !seen.has(number);
        seen.add(number);
        if (isPolled) poll(generator, now);
      }
      const rest = timeline(poll(generator, after(now, 1000)));
      if (isNews && steps.at(-1)?.isPolled === false) assert.ok(rest.has(number));
      assert.equal(generator.pollTimeout(), undefined);
    }),
    { numRuns: 300 },
  );
});
