import assert from "node:assert/strict";
import { test } from "node:test";
import { after, instant } from "@sluice/media";
import { LayerDemand, UNWATCHED_DELAY_MS } from "./layer-demand.js";

const t0 = instant(0);

test("[RM35] a layer ends 5 s after the last who wanted it, each by its own time", () => {
  const demand = new LayerDemand(3);
  assert.equal(demand.handleDemand(2, t0), false);
  assert.equal(demand.handleDemand(0, after(t0, 3_000)), false);
  assert.equal(demand.handleTimeout(after(t0, UNWATCHED_DELAY_MS - 1)), false);
  assert.deepEqual(demand.wanted, [true, true, true]);
  assert.equal(demand.pollTimeout(), after(t0, UNWATCHED_DELAY_MS));
  assert.equal(demand.handleTimeout(after(t0, UNWATCHED_DELAY_MS)), true);
  assert.deepEqual(demand.wanted, [true, true, false]);
  assert.equal(demand.handleTimeout(after(t0, 8_000)), true);
  assert.deepEqual(demand.wanted, [false, false, false]);
  assert.equal(demand.pollTimeout(), undefined);
});

test("[RM35] who looks back in time has changed nothing; more is wanted at once", () => {
  const demand = new LayerDemand(3);
  demand.handleDemand(1, t0);
  assert.equal(demand.handleDemand(3, after(t0, 4_999)), false);
  assert.equal(demand.handleTimeout(after(t0, 60_000)), false);
  demand.handleDemand(0, after(t0, 60_000));
  demand.handleTimeout(after(t0, 65_000));
  assert.equal(demand.handleDemand(2, after(t0, 65_001)), true);
  assert.deepEqual(demand.wanted, [true, true, false]);
  assert.equal(demand.pollTimeout(), undefined);
});

test("a demand for more layers than there are is one for all", () => {
  const demand = new LayerDemand(1);
  assert.equal(demand.handleDemand(8, t0), false);
  assert.deepEqual(demand.wanted, [true]);
});
