import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Histogram } from "./histogram.js";

test("a value lies in the first bucket whose bound it does not exceed", () => {
  const histogram = new Histogram([1, 2, 5]);
  for (const value of [0, 1, 1.5, 2, 3, 5, 6]) histogram.record(value);
  histogram.record(4, 10);
  histogram.record(Number.NaN);
  assert.deepEqual(histogram.read(), { bounds: [1, 2, 5], counts: [2, 2, 12, 1], sum: 58.5 });
});

test("nothing is lost, whatever the bounds", () => {
  const numbers = fc.array(fc.integer({ min: -1_000, max: 1_000 }), { maxLength: 50 });
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: -1_000, max: 1_000 }), { maxLength: 20 }), numbers, (bounds, values) => {
      const ascending = bounds.toSorted((a, b) => a - b);
      const histogram = new Histogram(ascending);
      for (const value of values) histogram.record(value);
      const { counts, sum } = histogram.read();
      assert.equal(
        sum,
        values.reduce((all, value) => all + value, 0),
      );
      let below = 0;
      for (const [index, bound] of [...ascending, Number.POSITIVE_INFINITY].entries()) {
        below += counts[index] ?? Number.NaN;
        assert.equal(below, values.filter((value) => value <= bound).length);
      }
    }),
  );
});

test("bounds that do not ascend, or are none, are a mistake", () => {
  for (const bounds of [[1, 1], [2, 1], [Number.NaN], [Number.POSITIVE_INFINITY]]) {
    assert.throws(() => new Histogram(bounds), RangeError);
  }
});
