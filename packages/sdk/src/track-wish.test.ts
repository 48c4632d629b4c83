import assert from "node:assert/strict";
import { test } from "node:test";
import { TrackWish } from "./track-wish.js";

test("a wish is what the page wants together with what its elements show", () => {
  const wish = new TrackWish();
  assert.ok(wish.isDefault);
  wish.shown = { type: "visible", width: 320, height: 180 };
  wish.layers = { priority: 9, maxTemporalLayer: 1 };
  assert.deepEqual(wish.parameters, { priority: 9, maxTemporalLayer: 1, width: 320, height: 180 });
  wish.layers = { height: 720 };
  assert.deepEqual(wish.parameters, { height: 720 });
});

test("packets are stopped by the page, or because nobody sees the picture", () => {
  const wish = new TrackWish();
  wish.shown = { type: "hidden" };
  assert.deepEqual(wish.parameters, { paused: true });
  wish.shown = { type: "visible", width: 1, height: 1 };
  wish.isPaused = true;
  assert.deepEqual(wish.parameters, { width: 1, height: 1, paused: true });
});
