import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LatencyHistogram } from "./latency-histogram.js";

const value = fc.oneof(fc.nat(5_000), fc.nat(2 ** 31 - 1));

function histogramOf(values: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const each of values) histogram.record(each);
  return histogram;
}

test("every quantile is the value of that rank, or at most a thousandth above it", () => {
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1, maxLength: 200 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (values, quantile) => {
        const sorted = values.toSorted((a, b) => a - b);
        const exact = sorted[Math.min(Math.max(Math.ceil(quantile * sorted.length), 1), sorted.length) - 1] ?? 0;
        const told = histogramOf(values).valueAt(quantile);
        assert.ok(told >= exact && told <= exact * 1.001, `${told} for ${exact}`);
      },
    ),
  );
});

test("what is counted in parts and put together is what is counted at once", () => {
  fc.assert(
    fc.property(fc.array(value), fc.array(value), (first, second) => {
      const parts = histogramOf(first);
      const merged = histogramOf([]);
      merged.add(parts.take());
      assert.equal(parts.count, 0);
      for (const each of second) parts.record(each);
      merged.add(parts.toCounts());
      assert.deepEqual(merged.toCounts(), histogramOf([...first, ...second]).toCounts());
    }),
  );
});

test("buckets follow each other without a gap and hold every value", () => {
  fc.assert(
    fc.property(fc.array(value, { minLength: 1 }), (values) => {
      const buckets = [...histogramOf(values).buckets()];
      for (const each of values) assert.equal(buckets.filter(([low, high]) => low <= each && each <= high).length, 1);
      assert.equal(
        buckets.reduce((sum, [, , count]) => sum + count, 0),
        values.length,
      );
    }),
  );
});

test("least, greatest and mean are exact; nothing is 0; what is out of range counts at its end", () => {
  const histogram = histogramOf([1_000_003, 5, 70_001]);
  assert.deepEqual([histogram.minUs, histogram.maxUs, histogram.valueAt(1)], [5, 1_000_003, 1_000_003]);
  assert.equal(histogram.meanUs, (1_000_003 + 5 + 70_001) / 3);
  const empty = histogramOf([]);
  assert.deepEqual([empty.minUs, empty.maxUs, empty.meanUs, empty.valueAt(0.5), empty.standardDeviationUs], [0, 0, 0, 0, 0]);
  const outside = histogramOf([-3, 1e12]);
  assert.deepEqual([outside.minUs, outside.maxUs], [0, 2 ** 31 - 1]);
});
