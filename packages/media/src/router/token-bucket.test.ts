import assert from "node:assert/strict";
import { test } from "node:test";
import { after, instant } from "../time/instant.js";
import { TokenBucket } from "./token-bucket.js";

const t0 = instant(5_000_000);

test("gives the burst at once, then the rate, and never saves up more than the burst", () => {
  const bucket = new TokenBucket(10, 3);
  const taken = (atMs: number) => bucket.take(1, after(t0, atMs));
  assert.deepEqual([taken(0), taken(0), taken(0), taken(0)], [true, true, true, false]);
  assert.deepEqual([taken(99), taken(100), taken(101)], [false, true, false]);
  assert.deepEqual([taken(60_000), taken(60_000), taken(60_000), taken(60_000)], [true, true, true, false]);
});

test("takes all of what is asked for or nothing", () => {
  const bucket = new TokenBucket(1, 10);
  assert.equal(bucket.take(11, t0), false);
  assert.equal(bucket.take(10, t0), true);
});
