import assert from "node:assert/strict";
import { test } from "node:test";
import { RespawnDelay } from "./respawn-delay.js";

test("a worker that dies in service is replaced at once", () => {
  const delay = new RespawnDelay();
  assert.equal(delay.afterDeath(60_000, true), 0);
  assert.equal(delay.afterDeath(60_000, true), 0);
});

test("one that keeps dying at its start is waited for, longer each time, up to ten seconds", () => {
  const delay = new RespawnDelay();
  const delays = Array.from({ length: 9 }, () => delay.afterDeath(50, false));
  assert.deepEqual(delays, [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
  assert.equal(delay.afterDeath(60_000, true), 0);
  assert.equal(delay.afterDeath(50, false), 100);
});

test("one early death in service is forgiven, the next is not", () => {
  const delay = new RespawnDelay();
  assert.equal(delay.afterDeath(1_000, true), 0);
  assert.equal(delay.afterDeath(1_000, true), 200);
});
