import assert from "node:assert/strict";
import { test } from "node:test";
import { Histogram } from "./histogram.js";
import { quantileOf } from "./quantile.js";

function quantile(ratio: number, values: readonly number[]): number | undefined {
  const histogram = new Histogram([1, 2, 5]);
  for (const value of values) histogram.record(value);
  const { bounds, counts } = histogram.read();
  return quantileOf(ratio, bounds, counts);
}

test("is the bound below which that share lies", () => {
  assert.equal(quantile(0.99, [...Array(99).fill(0.5), 4]), 1);
  assert.equal(quantile(0.99, [...Array(98).fill(0.5), 4, 4]), 5);
  assert.equal(quantile(0.5, [0.5, 1.5, 1.5, 4]), 2);
  assert.equal(quantile(1, [0.5, 1.5]), 2);
});

test("above all bounds it is the last of them, and of nothing it is nothing", () => {
  assert.equal(quantile(0.99, [7, 8]), 5);
  assert.equal(quantile(0.99, []), undefined);
});
