import assert from "node:assert/strict";
import { test } from "node:test";
import { type LatencyCounts, LatencyHistogram } from "./latency-histogram.js";
import { Timeline } from "./timeline.js";

function one(valueUs: number): LatencyCounts[] {
  const histogram = new LatencyHistogram();
  histogram.record(valueUs);
  return [histogram.toCounts()];
}

test("seconds have what fell into them; connections stay until somebody says otherwise", () => {
  const timeline = new Timeline();
  timeline.add(0, 0, 10, one(5), 0);
  timeline.add(900, 1, 7, one(7), 2);
  timeline.add(2_100, 0, 12, one(9), 1);
  const points = timeline.points().map(({ atMs, connections, latency, errors }) => [atMs, connections, latency.count, errors]);
  assert.deepEqual(points, [
    [0, 17, 2, 2],
    [1_000, 17, 0, 0],
    [2_000, 19, 1, 1],
  ]);
});

test("however long a load is, its intervals are bounded, and nothing in them is lost", () => {
  const timeline = new Timeline();
  for (let second = 0; second < 3_000; second++) timeline.add(second * 1_000, 0, second, one(second), 1);
  const points = timeline.points();
  assert.ok(points.length <= 600 && points.length > 200);
  assert.deepEqual(
    [points.reduce((sum, { latency }) => sum + latency.count, 0), points.reduce((sum, { errors }) => sum + errors, 0)],
    [3_000, 3_000],
  );
  assert.deepEqual([points.at(-1)?.connections, points.at(-1)?.latency.maxUs], [2_999, 2_999]);
});
