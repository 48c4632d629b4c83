import assert from "node:assert/strict";
import { test } from "node:test";
import { VideoLayer, VideoQuality } from "@livekit/protocol";
import fc from "fast-check";
import { announcedLayersOf, layerOfQuality, liveKitLayers, QUALITIES, qualityOfLayer } from "./video-layers.js";

const { LOW, MEDIUM, HIGH, OFF } = VideoQuality;
const layer = (quality: VideoQuality, width: number, height: number, rid = "") =>
  new VideoLayer({ quality, width, height, rid, bitrate: width * 1000 });

test("qualities count from the smallest layer, and the best stands for those that are missing", () => {
  const byCount = [1, 2, 3, 4].map((count) => QUALITIES.map((quality) => layerOfQuality(quality, count)));
  assert.deepEqual(byCount, [
    [0, 0, 0],
    [0, 1, 1],
    [0, 1, 2],
    [0, 1, 2],
  ]);
  assert.equal(layerOfQuality(OFF, 3), 2);
  assert.equal(layerOfQuality(LOW, 0), 0);
  assert.deepEqual(
    [0, 1, 2].map((index) => qualityOfLayer(index, 3)),
    [LOW, MEDIUM, HIGH],
  );
  assert.equal(qualityOfLayer(0, 1), HIGH);
});

test("[RM25] layers come in any order and leave smallest first", () => {
  const simulcast = announcedLayersOf([layer(HIGH, 1280, 720, "f"), layer(LOW, 320, 180, "q"), layer(MEDIUM, 640, 360, "h")]);
  assert.deepEqual(
    simulcast?.map(({ rid, width }) => [rid, width]),
    [
      ["q", 320],
      ["h", 640],
      ["f", 1280],
    ],
  );
  // As livekit-client announces VP9: largest first, without rids.
  const svc = announcedLayersOf([layer(HIGH, 1280, 720), layer(MEDIUM, 640, 360), layer(LOW, 320, 180)]);
  assert.deepEqual(svc?.[0], { width: 320, height: 180, bitrateBps: 320_000 });
});

test("layers that make no sense are as if nothing had been announced", () => {
  assert.equal(announcedLayersOf([]), undefined);
  assert.equal(announcedLayersOf([layer(HIGH, 0, 0)]), undefined);
  assert.equal(announcedLayersOf([layer(HIGH, 100_000, 720)]), undefined);
  assert.equal(announcedLayersOf(Array.from({ length: 5 }, () => layer(HIGH, 10, 10))), undefined);
  // Rids that are not all there, or twice, are none.
  assert.ok(announcedLayersOf([layer(LOW, 320, 180, "q"), layer(HIGH, 640, 360)])?.every(({ rid }) => rid === undefined));
  assert.ok(announcedLayersOf([layer(LOW, 320, 180, "q"), layer(HIGH, 640, 360, "q")])?.every(({ rid }) => rid === undefined));
});

test("what was announced is told again by size, rid and quality", () => {
  const announced = [layer(LOW, 320, 180, "q"), layer(MEDIUM, 640, 360, "h")];
  const told = liveKitLayers(announcedLayersOf(announced) ?? []);
  assert.deepEqual(
    told.map(({ quality, width, height, rid, bitrate, spatialLayer }) => [quality, width, height, rid, bitrate, spatialLayer]),
    [
      [LOW, 320, 180, "q", 320_000, 0],
      [MEDIUM, 640, 360, "h", 640_000, 1],
    ],
  );
});

test("whatever is announced is either nothing or ordered, bounded layers", () => {
  const anyLayer = fc
    .record({
      width: fc.nat(),
      height: fc.nat(),
      rid: fc.string(),
      bitrate: fc.nat(),
      quality: fc.integer({ min: -1, max: 9 }),
    })
    .map((fields) => new VideoLayer(fields));
  fc.assert(
    fc.property(fc.array(anyLayer, { maxLength: 6 }), (layers) => {
      const announced = announcedLayersOf(layers) ?? [];
      const areas = announced.map(({ width, height }) => width * height);
      assert.deepEqual(
        areas,
        [...areas].sort((a, b) => a - b),
      );
      assert.ok(announced.every(({ width, height }) => width >= 1 && width <= 16_384 && height >= 1 && height <= 16_384));
    }),
  );
});
