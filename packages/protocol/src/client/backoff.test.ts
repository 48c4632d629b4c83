import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Backoff } from "./backoff.js";

test("doubles from 200 ms to 5 s and gives up after a minute", () => {
  const backoff = new Backoff(0);
  const delaysMs: number[] = [];
  let nowMs = 0;
  for (;;) {
    const delayMs = backoff.nextDelayMs(nowMs, 1);
    if (delayMs === undefined) break;
    delaysMs.push(delayMs);
    nowMs += delayMs;
  }
  assert.deepEqual(delaysMs.slice(0, 7), [200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  assert.equal(nowMs, 60_000);
});

test("jitter keeps every delay within the upper half of its window", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { maxLength: 12 }), (chances) => {
      const backoff = new Backoff(0);
      chances.forEach((random, attempt) => {
        const windowMs = Math.min(5_000, 200 * 2 ** attempt);
        const delayMs = backoff.nextDelayMs(0, random) ?? Number.NaN;
        assert.ok(delayMs >= windowMs / 2 && delayMs <= windowMs, `${delayMs} of ${windowMs}`);
      });
    }),
  );
});
