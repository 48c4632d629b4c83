import assert from "node:assert/strict";
import { test } from "node:test";
import { activeEncodings, withEncodings } from "./sender-encodings.js";
import { planVideo, type VideoPlan } from "./video-encodings.js";

const HD = { width: 1280, height: 720 };
const rids = ({ encodings }: VideoPlan) => encodings.map(({ rid }) => rid);
const sizes = ({ layers = [] }: VideoPlan) => layers.map(({ width, height }) => `${width}x${height}`);

test("a camera is sent in a quarter, half and full size, smallest first", () => {
  assert.deepEqual(planVideo({ source: "camera" }, HD, true), {
    encodings: [
      { rid: "q", scaleResolutionDownBy: 4, maxBitrate: 160_000 },
      { rid: "h", scaleResolutionDownBy: 2, maxBitrate: 450_000 },
      { rid: "f", scaleResolutionDownBy: 1, maxBitrate: 1_700_000 },
    ],
    layers: [
      { rid: "q", width: 320, height: 180, bitrateBps: 160_000 },
      { rid: "h", width: 640, height: 360, bitrateBps: 450_000 },
      { rid: "f", width: 1280, height: 720, bitrateBps: 1_700_000 },
    ],
  });
});

test("small pictures are sent in fewer sizes; what counts is the longer side", () => {
  assert.deepEqual(rids(planVideo({}, { width: 640, height: 360 }, true)), ["h", "f"]);
  assert.deepEqual(rids(planVideo({}, { width: 540, height: 960 }, true)), ["q", "h", "f"]);
  const tiny = planVideo({}, { width: 320, height: 180 }, true);
  assert.deepEqual(tiny, { encodings: [{ maxBitrate: 160_000 }], layers: [{ width: 320, height: 180, bitrateBps: 160_000 }] });
});

test("of a picture of unknown size nothing is announced", () => {
  const plan = planVideo({}, {}, true);
  assert.deepEqual(rids(plan), ["q", "h", "f"]);
  assert.equal(plan.layers, undefined);
});

test("VP9 and AV1 have their layers in one stream, where the browser can", () => {
  const plan = planVideo({ codec: "vp9" }, HD, true);
  assert.deepEqual(plan.encodings, [{ maxBitrate: 1_445_000, scalabilityMode: "L3T3_KEY" }]);
  assert.deepEqual(sizes(plan), ["320x180", "640x360", "1280x720"]);
  assert.ok(plan.layers?.every(({ rid }) => rid === undefined));
  assert.deepEqual(sizes(planVideo({ codec: "av1", scalabilityMode: "L2T2h" }, HD, true)), ["853x480", "1280x720"]);
  assert.deepEqual(rids(planVideo({ codec: "vp9" }, HD, false)), ["q", "h", "f"]);
});

test("simulcast and scalability are chosen as one likes", () => {
  const vp9 = planVideo({ codec: "vp9", simulcast: true }, HD, true);
  assert.deepEqual(
    vp9.encodings.map(({ rid, scalabilityMode }) => [rid, scalabilityMode]),
    [
      ["q", "L1T3"],
      ["h", "L1T3"],
      ["f", "L1T3"],
    ],
  );
  const plain = planVideo({ simulcast: false }, HD, true);
  assert.deepEqual(plain.encodings, [{ maxBitrate: 1_700_000 }]);
  assert.deepEqual(sizes(plain), ["1280x720"]);
  assert.deepEqual(planVideo({ codec: "vp8", scalabilityMode: "L1T2" }, HD, true).encodings, [
    { maxBitrate: 1_700_000, scalabilityMode: "L1T2" },
  ]);
});

test("a screen has a small, slow encoding for who cannot take the other", () => {
  const { encodings } = planVideo({ source: "screenShare" }, { width: 1920, height: 1080 }, true);
  assert.deepEqual(encodings, [
    { rid: "h", scaleResolutionDownBy: 2, maxBitrate: 400_000, maxFramerate: 5 },
    { rid: "f", scaleResolutionDownBy: 1, maxBitrate: 2_500_000 },
  ]);
  const svc = planVideo({ source: "screenShare", codec: "av1" }, HD, true);
  assert.deepEqual(svc.encodings, [{ maxBitrate: 2_500_000, scalabilityMode: "L1T3" }]);
});

test("no encoding has more than was allowed in all", () => {
  const { encodings } = planVideo({ maxBitrateBps: 300_000 }, HD, true);
  assert.deepEqual(
    encodings.map(({ maxBitrate }) => maxBitrate),
    [160_000, 300_000, 300_000],
  );
});

test("what nobody watches is switched off; one stream stays on for any of its layers", () => {
  const plan = planVideo({}, HD, true);
  const active = (wantedLayers: boolean[] | undefined, of = plan) =>
    activeEncodings({ plan: of, wantedLayers }).map((encoding) => encoding.active);
  assert.deepEqual(active(undefined), [undefined, undefined, undefined]);
  assert.deepEqual(active([true, false, false]), [true, false, false]);
  const svc = planVideo({ codec: "vp9" }, HD, true);
  assert.deepEqual(active([true, false, false], svc), [true]);
  assert.deepEqual(active([false, false, false], svc), [false]);
});

test("a sender's parameters keep what the browser put there, and their number", () => {
  const present = {
    transactionId: "7",
    encodings: [
      { rid: "q", active: false, maxBitrate: 1, maxFramerate: 5, priority: "low" },
      { rid: "f", active: true },
    ],
  };
  const planned = [{ rid: "f", maxBitrate: 9, active: false }, { rid: "q", maxBitrate: 3 }, { rid: "x" }];
  assert.deepEqual(withEncodings(present as never, planned), {
    transactionId: "7",
    encodings: [
      { rid: "q", active: true, maxBitrate: 3, priority: "low" },
      { rid: "f", active: false, maxBitrate: 9 },
    ],
  });
});
