import assert from "node:assert/strict";
import { test } from "node:test";
import { DependencyInfo } from "../../codec/dependency-descriptor/dependency-info.js";
import { SCALABILITY_STRUCTURES } from "../../codec/dependency-descriptor/scalability-structures.test.js";
import { FrameInfo } from "../../codec/frame-info.js";
import { after, type Instant, instant } from "../../time/instant.js";
import { MAX_SILENCE_MS, MIN_SILENCE_MS, ProducerLayers } from "./producer-layers.js";

const FRAME_MS = 20;
const FRAMES_PER_SECOND = 1000 / FRAME_MS;

interface ModelLayer {
  readonly spatialLayer: number;
  readonly temporalLayer: number;
  readonly sizeBytes: number;
  readonly info?: Partial<FrameInfo>;
}

class Clock {
  now: Instant = instant(5_000_000);

  /** So long a frame of each layer every 20 ms. */
  run(layers: ProducerLayers, ms: number, frames: readonly ModelLayer[]): void {
    for (const end = after(this.now, ms); this.now < end; this.now = after(this.now, FRAME_MS)) {
      for (const { spatialLayer, temporalLayer, sizeBytes, info } of frames) {
        const frame = Object.assign(new FrameInfo(), { spatialLayer, temporalLayer, ...info });
        layers.handlePacket(spatialLayer, frame, sizeBytes, this.now);
      }
      layers.handleTick(this.now);
    }
  }
}

const layer = (spatialLayer: number, temporalLayer: number, sizeBytes: number, info: Partial<FrameInfo> = {}): ModelLayer => ({
  spatialLayer,
  temporalLayer,
  sizeBytes,
  info,
});

/** Bit/s of frames of so many bytes. */
const rate = (...sizesBytes: number[]) => sizesBytes.reduce((sum, size) => sum + size, 0) * 8 * FRAMES_PER_SECOND;

function assertAbout(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= expected * 0.03, `${actual} is not about ${expected}`);
}

test("simulcast costs the encoding that is forwarded, with the temporal layers below", () => {
  const layers = new ProducerLayers(3);
  new Clock().run(layers, 2000, [layer(0, 0, 100), layer(0, 1, 50), layer(2, 0, 1000), layer(2, 1, 500), layer(2, 2, 250)]);
  assert.equal(layers.count, 3);
  assert.deepEqual(
    [0, 1, 2].map((spatial) => layers.isActive(spatial)),
    [true, false, true],
  );
  assert.deepEqual(
    [0, 1, 2].map((spatial) => layers.temporalLayers(spatial)),
    [2, 1, 3],
  );
  assertAbout(layers.bitrateBps(0, 0), rate(100));
  assertAbout(layers.bitrateBps(0, 7), rate(100, 50));
  assertAbout(layers.bitrateBps(2, 1), rate(1000, 500));
  assert.equal(layers.bitrateBps(1, 2), 0);
});

test("full SVC costs the lower spatial layers too, k-SVC does not", () => {
  const full = new ProducerLayers(1);
  const frames = [
    layer(0, 0, 100),
    layer(1, 0, 300, { isInterLayerPredicted: true }),
    layer(1, 1, 200, { isInterLayerPredicted: true }),
  ];
  new Clock().run(full, 2000, frames);
  assert.equal(full.count, 2);
  assertAbout(full.bitrateBps(1, 1), rate(100, 300, 200));
  const kSvc = new ProducerLayers(1);
  new Clock().run(kSvc, 2000, [layer(0, 0, 100), layer(1, 0, 300), layer(1, 1, 200)]);
  assertAbout(kSvc.bitrateBps(1, 1), rate(300, 200));
});

test("[AV1-RTP §A.4] with a dependency descriptor a decode target costs the frames that are present in it", () => {
  const { templates, decodeTargetCount } = SCALABILITY_STRUCTURES.L3T3_KEY;
  const spatialLayers = Uint8Array.from([0, 0, 0, 1, 1, 1, 2, 2, 2]);
  const temporalLayers = Uint8Array.from([0, 1, 2, 0, 1, 2, 0, 1, 2]);
  const structure = {
    decodeTargetCount,
    chainCount: 0,
    spatialLayers,
    temporalLayers,
    protectingChains: new Uint8Array(),
    resolutions: [],
  };
  const described = (template: number, sizeBytes: number) => {
    const { spatialLayer, temporalLayer, indications } = templates[template] ?? assert.fail();
    const dependency = Object.assign(new DependencyInfo(), { structure });
    dependency.indications.set(indications);
    return layer(spatialLayer, temporalLayer, sizeBytes, { dependency });
  };
  const layers = new ProducerLayers(1);
  // S0T0 of a key picture, then S0T0, S0T1, S1T0 and S2T2 of others.
  new Clock().run(layers, 2000, [described(0, 10), described(1, 100), described(2, 50), described(6, 300), described(13, 700)]);
  assertAbout(layers.bitrateBps(0, 1), rate(10, 100, 50));
  assertAbout(layers.bitrateBps(1, 0), rate(10, 300));
  assertAbout(layers.bitrateBps(2, 2), rate(10, 700));
});

test("a rate that rises is seen within the window, and one that ends is gone after it", () => {
  const layers = new ProducerLayers(1);
  const clock = new Clock();
  clock.run(layers, 2000, [layer(0, 0, 100)]);
  clock.run(layers, 1300, [layer(0, 0, 1000)]);
  assertAbout(layers.bitrateBps(0, 0), rate(1000));
  clock.run(layers, 1300, []);
  assert.equal(layers.bitrateBps(0, 0), 0);
});

test("a layer is dead when the others went on without it, and after ten silent seconds", () => {
  const layers = new ProducerLayers(2);
  const clock = new Clock();
  clock.run(layers, 500, [layer(0, 0, 100), layer(1, 0, 100)]);
  clock.run(layers, MIN_SILENCE_MS - 100, [layer(0, 0, 100)]);
  assert.equal(layers.isActive(1), true);
  clock.run(layers, 300, [layer(0, 0, 100)]);
  assert.deepEqual([layers.isActive(0), layers.isActive(1)], [true, false]);
  clock.run(layers, MAX_SILENCE_MS - 100, []);
  assert.equal(layers.isActive(0), true, "nobody sends: that may be a picture that stands still");
  clock.run(layers, 300, []);
  assert.equal(layers.isActive(0), false);
  assert.equal(layers.highestActive(7), -1);
});
