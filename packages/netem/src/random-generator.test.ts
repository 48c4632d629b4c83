import assert from "node:assert/strict";
import { test } from "node:test";
import { RandomGenerator } from "./random-generator.js";

test("the same seed gives the same numbers, another seed gives others", () => {
  const take = (seed: number): number[] => {
    const random = new RandomGenerator(seed);
    return Array.from({ length: 8 }, () => random.nextUint32());
  };
  assert.deepEqual(take(7), take(7));
  assert.notDeepEqual(take(7), take(8));
  // Pinned, so that a seed that once found a bug finds it again in a later release.
  assert.deepEqual(take(1).slice(0, 3), [393_288_148, 2_174_103_013, 3_814_759_091]);
});

test("fractions are uniform over [0, 1)", () => {
  const random = new RandomGenerator(2);
  const buckets = new Array<number>(10).fill(0);
  for (let draw = 0; draw < 100_000; draw++) {
    const bucket = Math.floor(random.next() * 10);
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
  }
  for (const count of buckets) assert.ok(Math.abs(count - 10_000) < 500, `${buckets}`);
});

test("a probability of 0 never hits and of 1 always does", () => {
  const random = new RandomGenerator(3);
  for (let draw = 0; draw < 1_000; draw++) {
    assert.equal(random.isHit(0), false);
    assert.equal(random.isHit(1), true);
  }
});
