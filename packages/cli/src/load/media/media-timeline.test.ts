import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LatencyHistogram } from "../latency-histogram.js";
import type { MediaSample, ReceivedCounts } from "./media-messages.js";
import { MediaTimeline } from "./media-timeline.js";

const EMPTY = new LatencyHistogram().toCounts();

function counts(packets: number, lost = 0): ReceivedCounts {
  return { packets, bytes: packets * 1_000, lost, freezes: 0, frozenMs: 0, videos: 1 };
}

/** A sample with one delay in it. */
function sample(sampled: ReceivedCounts, counted: ReceivedCounts = counts(0)): MediaSample {
  const delay = new LatencyHistogram();
  delay.record(1_000);
  return {
    isMeasuring: true,
    publishers: 1,
    subscribers: 1,
    sentPackets: 0,
    sampled,
    counted,
    delay: delay.toCounts(),
    join: EMPTY,
    firstPacket: EMPTY,
    lag: EMPTY,
    errors: [],
    attempts: 0,
    cpuMs: 0,
    socketDrops: 0,
  };
}

test("a point has what came since the one before it, of all processes", () => {
  const timeline = new MediaTimeline();
  timeline.add(990, 0, sample(counts(100, 10)));
  timeline.add(995, 1, sample(counts(50)));
  timeline.add(1_990, 0, sample(counts(300, 4)));
  timeline.add(1_995, 1, sample(counts(150)));
  const points = timeline.points().map(({ atMs, lengthMs, sampled, delay }) => {
    return [atMs, lengthMs, sampled.packets, sampled.lost, sampled.videos, delay.count];
  });
  // Of the ten that were missing six have come late.
  assert.deepEqual(points, [
    [995, 995, 150, 10, 2, 2],
    [1_995, 1_000, 300, 0, 2, 2],
  ]);
});

test("what is told just after an interval began makes no dip", () => {
  const timeline = new MediaTimeline();
  for (const [atMs, packets] of [
    [1_000, 100],
    [2_001, 200],
    [3_002, 300],
    [3_010, 301],
  ] as const) {
    timeline.add(atMs, 0, sample(counts(packets)));
  }
  const rates = timeline.points().map(({ lengthMs, sampled }) => Math.round((sampled.packets * 1_000) / lengthMs));
  assert.deepEqual(rates, [100, 100, 100]);
});

test("however long a load is and however it is told of, points are bounded, and packets are counted once", () => {
  const steps = fc.array(fc.record({ afterMs: fc.nat(20_000), process: fc.nat(2), packets: fc.nat(1_000) }), {
    maxLength: 400,
  });
  fc.assert(
    fc.property(steps, (told) => {
      const timeline = new MediaTimeline();
      const totals = [0, 0, 0];
      let atMs = 0;
      for (const { afterMs, process, packets } of told) {
        atMs += afterMs;
        totals[process] = (totals[process] ?? 0) + packets;
        timeline.add(atMs, process, sample(counts(totals[process] ?? 0)));
      }
      const points = timeline.points();
      assert.ok(points.length <= 600);
      assert.ok(points.every(({ lengthMs }) => lengthMs > 0));
      const sum = points.reduce((packets, { sampled }) => packets + sampled.packets, 0);
      assert.ok(sum <= totals.reduce((all, each) => all + each, 0));
    }),
    { numRuns: 200 },
  );
});
