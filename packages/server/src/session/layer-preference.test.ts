import assert from "node:assert/strict";
import { test } from "node:test";
import type { Params } from "@sluice/protocol";
import { layerWish } from "../room/layer-wish.js";
import { layerPreference, orderEncodings } from "./layer-preference.js";

const LAYERS = [
  { rid: "q", width: 320, height: 180 },
  { rid: "h", width: 640, height: 360 },
  { rid: "f", width: 1280, height: 720 },
];

function spatial(wish: Omit<Params<"setLayers">, "trackId">, layers = LAYERS): number {
  return layerPreference(layerWish("camera", wish), layers).maxSpatialLayer;
}

test("[RM36] a size wants the smallest layer that covers it, within a tenth", () => {
  assert.equal(spatial({ width: 320, height: 180 }), 0);
  assert.equal(spatial({ width: 355, height: 200 }), 0);
  assert.equal(spatial({ width: 356, height: 201 }), 1);
  assert.equal(spatial({ height: 360 }), 1);
  assert.equal(spatial({ width: 1_000 }), 2);
  assert.equal(spatial({ width: 1, height: 1 }), 0);
});

test("[RM36] both sides count: a square cut out of a wide picture needs its height", () => {
  assert.equal(spatial({ width: 300, height: 300 }), 1);
  assert.equal(spatial({ width: 640, height: 100 }), 1);
});

test("[RM36] more than there is, or no size at all, limits nothing", () => {
  assert.equal(spatial({ width: 3_840, height: 2_160 }), 7);
  assert.equal(spatial({}), 7);
  assert.equal(spatial({ width: 64, height: 36 }, []), 7);
});

test("[RM36] of layers with one size the best", () => {
  const screen = [
    { width: 1280, height: 720, bitrateBps: 200_000 },
    { width: 1280, height: 720, bitrateBps: 2_500_000 },
  ];
  assert.equal(layerPreference(layerWish("screenShare", { width: 64, height: 36 }), screen).maxSpatialLayer, 1);
});

test("caps hold whatever the size, and where no layers were announced", () => {
  assert.equal(spatial({ maxSpatialLayer: 1 }), 1);
  assert.equal(spatial({ width: 320, height: 180, maxSpatialLayer: 2 }), 0);
  assert.deepEqual(layerPreference(layerWish("screenShare", { maxSpatialLayer: 0, maxTemporalLayer: 1 }), undefined), {
    maxSpatialLayer: 0,
    maxTemporalLayer: 1,
    priority: 8,
  });
});

test("encodings are put in the order that was announced", () => {
  const offered = [{ rid: "f" }, { rid: "x" }, { rid: "q" }, { rid: "h" }];
  assert.deepEqual(
    orderEncodings(offered, LAYERS).map(({ rid }) => rid),
    ["q", "h", "f", "x"],
  );
  assert.equal(orderEncodings(offered, undefined), offered);
  assert.equal(orderEncodings(offered, [{ width: 1, height: 1 }]), offered);
});
