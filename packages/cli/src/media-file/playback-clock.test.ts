import assert from "node:assert/strict";
import { test } from "node:test";
import { after, instant } from "@sluice/media";
import { PlaybackClock } from "./playback-clock.js";

const t0 = instant(5_000_000);

test("counts from the first reading", () => {
  const clock = new PlaybackClock();
  assert.equal(clock.positionUs(t0), 0);
  assert.equal(clock.positionUs(after(t0, 5)), 5_000);
  assert.equal(clock.positionUs(after(t0, 5)), 5_000);
});

test("a process that is late catches up, one that stood still does not", () => {
  const clock = new PlaybackClock();
  clock.positionUs(t0);
  assert.equal(clock.positionUs(after(t0, 1_000)), 1_000_000);
  assert.equal(clock.positionUs(after(t0, 61_000)), 1_000_000);
  assert.equal(clock.positionUs(after(t0, 61_005)), 1_005_000);
});
