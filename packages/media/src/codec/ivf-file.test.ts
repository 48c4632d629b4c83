import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseIvfFile } from "./ivf-file.js";
import { damaged, readAsset } from "./test-media.test.js";

const whole = readAsset("test.ivf");

test("reads the test picture: 4 s at 24 frames/s, a key frame every second", () => {
  const file = parseIvfFile(whole);
  assert.ok(file);
  assert.deepEqual([file.codec, file.width, file.height, file.frames.length], ["VP8", 640, 360, 96]);
  assert.ok(Math.abs(file.durationMs - 4_000) < 1e-6);
  const keyTimes = file.frames.filter(({ data }) => ((data[0] as number) & 1) === 0).map(({ timestampMs }) => timestampMs);
  assert.deepEqual(keyTimes, [0, 1_000, 2_000, 3_000]);
});

test("a frame cut short by the end of the file is left out", () => {
  assert.equal(parseIvfFile(whole.subarray(0, whole.length - 1))?.frames.length, 95);
});

test("a single frame lasts one tick", () => {
  const frames = parseIvfFile(whole)?.frames ?? [];
  const one = parseIvfFile(whole.subarray(0, 32 + 12 + (frames[0]?.data.length ?? 0)));
  assert.equal(one?.frames.length, 1);
  assert.equal(one?.durationMs, 1_000 / 24);
});

test("refuses what is no IVF file, an unknown codec, and a clock without ticks", () => {
  for (const [at, value] of [
    [0, 0x45],
    [8, 0x41],
  ] as const) {
    const bytes = whole.slice();
    bytes[at] = value;
    assert.equal(parseIvfFile(bytes), undefined);
  }
  const stopped = whole.slice();
  stopped.fill(0, 16, 20);
  assert.equal(parseIvfFile(stopped), undefined);
  assert.equal(parseIvfFile(whole.subarray(0, 32)), undefined);
  assert.equal(parseIvfFile(new Uint8Array(0)), undefined);
});

test("a single frame at a time beyond what a number tells apart still lasts one tick", () => {
  const bytes = whole.slice(0, 32 + 12 + 8);
  const view = new DataView(bytes.buffer);
  view.setUint32(32, 8, true);
  view.setUint32(36, 0, true);
  view.setUint32(40, 0xb810_0000, true);
  const file = parseIvfFile(bytes);
  assert.ok(file !== undefined && file.durationMs > 0);
});

test("damage shortens the file or ends it, and time always goes forward", () => {
  // The first frames are enough: damage is likelier to meet a header.
  fc.assert(
    fc.property(fc.oneof(damaged(whole.subarray(0, 60_000)), damaged(whole.subarray(0, 60))), (bytes) => {
      const file = parseIvfFile(bytes);
      if (file === undefined) return;
      assert.ok(file.frames.length > 0 && file.durationMs > 0);
      let latestMs = -1;
      for (const { data, timestampMs } of file.frames) {
        assert.ok(data.length > 0 && timestampMs > latestMs);
        latestMs = timestampMs;
      }
    }),
  );
});
