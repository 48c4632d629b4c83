import assert from "node:assert/strict";
import { test } from "node:test";
import { after, instant } from "../time/instant.js";
import { LINK_CAPACITY, LinkCapacity } from "./link-capacity.js";

const t0 = instant(1_000_000);

function known(bitrateBps: number): LinkCapacity {
  const capacity = new LinkCapacity();
  for (let count = 0; count < 20; count++) capacity.handleSample(bitrateBps, t0);
  return capacity;
}

test("what is measured for the first time is believed", () => {
  const capacity = new LinkCapacity();
  assert.equal(capacity.isNear(1_000_000), false);
  assert.equal(capacity.handleSample(1_000_000, t0), 1_000_000);
  assert.equal(capacity.bitrateBps, 1_000_000);
  assert.ok(capacity.isNear(950_000) && !capacity.isNear(900_000));
});

test("within the bounds the mean is believed, not the sample", () => {
  const capacity = known(1_000_000);
  const believed = capacity.handleSample(960_000, t0);
  assert.ok(believed > 990_000 && believed < 1_000_000, `${believed}`);
});

test("one sample below the bounds is not believed, two in a row are, and what follows them at once", () => {
  const capacity = known(1_000_000);
  assert.equal(capacity.handleSample(800_000, t0), 1_000_000);
  assert.equal(capacity.bitrateBps, 1_000_000);
  // The same measurement again confirms nothing.
  assert.equal(capacity.handleSample(800_000, after(t0, 50)), 1_000_000);
  assert.equal(capacity.handleSample(750_000, after(t0, 200)), 750_000);
  assert.equal(capacity.handleSample(600_000, after(t0, 400)), 600_000);
  assert.equal(capacity.bitrateBps, 600_000);
});

test("two samples below the bounds that are far apart are two accidents", () => {
  const capacity = known(1_000_000);
  capacity.handleSample(800_000, t0);
  assert.equal(capacity.handleSample(800_000, after(t0, LINK_CAPACITY.confirmWithinMs + 1)), 1_000_000);
  capacity.handleSample(1_000_000, after(t0, 1200));
  assert.ok(capacity.handleSample(800_000, after(t0, 1400)) > 990_000);
});

test("less than half of what was known is believed at once", () => {
  const capacity = known(1_000_000);
  assert.equal(capacity.handleSample(450_000, t0), 450_000);
});

test("what is measured above the bounds is believed: the path has become wider", () => {
  const capacity = known(1_000_000);
  assert.equal(capacity.handleSample(2_000_000, t0), 2_000_000);
});
