import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { median, type Point, theilSenSlope } from "./theil-sen.js";

const line = (slope: number, count: number): Point[] =>
  Array.from({ length: count }, (_, at) => ({ at, value: 5 + slope * at }));

test("the slope of a line is the line's, in either direction", () => {
  assert.equal(theilSenSlope(line(3, 10)), 3);
  assert.equal(theilSenSlope(line(-0.5, 10)), -0.5);
  assert.equal(theilSenSlope(line(0, 10)), 0);
});

test("a quarter of the points may be anything", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 5, maxLength: 5 }),
      fc.uniqueArray(fc.nat(19), { minLength: 5, maxLength: 5 }),
      (wild, places) => {
        const points = line(2, 20).map((point) => {
          const index = places.indexOf(point.at);
          return index === -1 ? point : { ...point, value: wild[index] ?? 0 };
        });
        // 15 of 20 points lie on the line: 105 of 190 slopes are exactly its own.
        assert.equal(theilSenSlope(points), 2);
      },
    ),
  );
});

test("steps count, and one step does not", () => {
  const stairs = Array.from({ length: 20 }, (_, at) => ({ at, value: Math.floor(at / 4) * 4 }));
  assert.ok(theilSenSlope(stairs) > 0.8);
  assert.equal(theilSenSlope([0, 0, 0, 0, 9, 9, 9, 9].map((value, at) => ({ at, value }))) > 0, true);
  assert.equal(theilSenSlope([0, 0, 9, 9, 9, 9, 9, 9, 9, 9].map((value, at) => ({ at, value }))), 0);
});

test("nothing has no slope", () => {
  assert.equal(theilSenSlope([]), 0);
  assert.equal(theilSenSlope([{ at: 1, value: 1 }]), 0);
  assert.equal(
    theilSenSlope([
      { at: 1, value: 1 },
      { at: 1, value: 5 },
    ]),
    0,
  );
});

test("the median is in the middle", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median([7]), 7);
  assert.ok(Number.isNaN(median([])));
});
