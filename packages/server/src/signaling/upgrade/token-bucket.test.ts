import assert from "node:assert/strict";
import { test } from "node:test";
import { after, instant } from "@sluice/media";
import { TokenBucket } from "./token-bucket.js";

test("a burst at once, then the rate", () => {
  const t0 = instant(0);
  const bucket = new TokenBucket(10, 20, t0);
  const taken = (ms: number) => Array.from({ length: 100 }, () => bucket.take(after(t0, ms))).filter(Boolean).length;
  assert.equal(taken(0), 20);
  assert.equal(taken(50), 0);
  assert.equal(taken(1_050), 10);
  assert.equal(taken(60_000), 20);
});

test("what costs more takes more, and never more than a burst", () => {
  const t0 = instant(0);
  const bucket = new TokenBucket(10, 20, t0);
  assert.equal(bucket.take(t0, 15), true);
  assert.equal(bucket.take(t0, 6), false);
  assert.equal(bucket.take(t0, 5), true);
  assert.equal(bucket.take(after(t0, 1_999), 1_000), false);
  assert.equal(bucket.take(after(t0, 2_000), 1_000), true);
});
