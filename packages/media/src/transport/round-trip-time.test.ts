import assert from "node:assert/strict";
import { test } from "node:test";
import { RoundTripTime } from "./round-trip-time.js";

test("the first sample is taken as it is, later ones move it by a quarter", () => {
  const roundTrip = new RoundTripTime();
  assert.equal(roundTrip.ms, undefined);
  roundTrip.handleSample(100);
  assert.equal(roundTrip.ms, 100);
  roundTrip.handleSample(20);
  assert.equal(roundTrip.ms, 80);
});
