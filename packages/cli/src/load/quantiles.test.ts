import assert from "node:assert/strict";
import { test } from "node:test";
import { LatencyHistogram } from "./latency-histogram.js";
import { formatDistribution, quantilesOf, quantileTicks } from "./quantiles.js";

test("1 to 1,000 ms have the quantiles one expects, and nothing has none", () => {
  const histogram = new LatencyHistogram();
  for (let ms = 1; ms <= 1_000; ms++) histogram.record(ms * 1_000);
  const { count, p50Ms, p90Ms, p99Ms, p999Ms, maxMs, meanMs } = quantilesOf(histogram);
  assert.deepEqual([count, maxMs, meanMs], [1_000, 1_000, 500.5]);
  for (const [told, exact] of [
    [p50Ms, 500],
    [p90Ms, 900],
    [p99Ms, 990],
    [p999Ms, 999],
  ] as const)
    assert.ok(told !== null && told >= exact && told <= exact * 1.001, `${told} for ${exact}`);
  assert.deepEqual(Object.values(quantilesOf(new LatencyHistogram())), [0, null, null, null, null, null, null]);
});

test("a distribution is in the form of HdrHistogram: values and counts never fall, and the last line has them all", () => {
  const histogram = new LatencyHistogram();
  for (let index = 0; index < 5_000; index++) histogram.record((index * 7_919) % 100_003);
  const rows = [...formatDistribution(histogram).matchAll(/^ +([\d.]+) ([\d.]+) +(\d+) +([\d.]+|inf)$/gm)].map((row) =>
    row.slice(1, 4).map(Number),
  );
  assert.equal(rows.length, quantileTicks(5_000).length);
  for (const [at, row] of rows.entries())
    for (const [column, value] of row.entries()) assert.ok(value >= (rows[at - 1]?.[column] ?? 0));
  assert.deepEqual([rows.at(-1)?.[1], rows.at(-1)?.[2]], [1, 5_000]);
  assert.match(formatDistribution(histogram), /^#\[Max {5}= +99\.\d{3}, Total count {4}= +5000\]$/m);
});
