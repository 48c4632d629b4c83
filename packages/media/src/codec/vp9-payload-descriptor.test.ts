import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hex, place, readPlaced } from "./payload.test.js";
import { Vp9PayloadDescriptor } from "./vp9-payload-descriptor.js";

function parse(payload: Uint8Array): Vp9PayloadDescriptor | undefined {
  const { memory, offset } = place(payload, 0xff);
  const descriptor = new Vp9PayloadDescriptor();
  return descriptor.parse(memory, offset, payload.length) ? descriptor : undefined;
}

test("[RFC9628 §4.2] non-flexible mode: picture id, layer indices and TL0PICIDX", () => {
  const descriptor = parse(hex("ec 92 34 53 08 ff"));
  assert.equal(descriptor?.sizeBytes, 5);
  assert.equal(descriptor?.isInterPicturePredicted, true);
  assert.equal(descriptor?.isFlexible, false);
  assert.equal(descriptor?.isFrameStart, true);
  assert.equal(descriptor?.isFrameEnd, true);
  assert.equal(descriptor?.pictureId, 0x1234);
  assert.equal(descriptor?.pictureIdOffset, 1);
  assert.equal(descriptor?.temporalLayer, 2);
  assert.equal(descriptor?.isSwitchingUpPoint, true);
  assert.equal(descriptor?.spatialLayer, 1);
  assert.equal(descriptor?.isInterLayerDependent, true);
  assert.equal(descriptor?.tl0PicIdx, 8);
  assert.equal(descriptor?.tl0PicIdxOffset, 4);
});

test("[RFC9628 §4.2] flexible mode: no TL0PICIDX, up to three references", () => {
  const descriptor = parse(hex("f8 05 20 03 05 02 ff"));
  assert.equal(descriptor?.sizeBytes, 6);
  assert.equal(descriptor?.isFlexible, true);
  assert.equal(descriptor?.pictureId, 5);
  assert.equal(descriptor?.temporalLayer, 1);
  assert.equal(descriptor?.tl0PicIdx, -1);
});

test("[RFC9628 §4.2] a fourth reference is refused", () => {
  assert.equal(parse(hex("f8 05 20 03 05 07 02 ff")), undefined);
});

test("[RFC9628 §4.2.1] the scalability structure: sizes of each layer and a picture group", () => {
  // Two spatial layers, 320x180 and 640x360; two pictures, with no reference and with one.
  const descriptor = parse(hex("0a 38 0140 00b4 0280 0168 02 00 04 01 ff"));
  assert.equal(descriptor?.spatialLayerCount, 2);
  assert.deepEqual([...(descriptor?.widths ?? [])].slice(0, 3), [320, 640, 0]);
  assert.deepEqual([...(descriptor?.heights ?? [])].slice(0, 3), [180, 360, 0]);
  assert.equal(descriptor?.sizeBytes, 14);
});

test("[attack 18] a VP9 descriptor cut short anywhere is refused", () => {
  for (const whole of [hex("ec 92 34 53 08"), hex("f8 05 20 03 05 02"), hex("0a 38 0140 00b4 0280 0168 02 00 04 01")]) {
    for (let sizeBytes = 0; sizeBytes < whole.length; sizeBytes++) assert.equal(parse(whole.subarray(0, sizeBytes)), undefined);
    assert.ok(parse(whole));
  }
});

test("[attack 18] a picture group that claims 255 pictures in a few bytes is refused", () => {
  assert.equal(parse(hex("0a 08 ff 0c 01 01 01")), undefined);
});

test("[attack 18] any bytes: the descriptor lies within the payload and nothing outside is read", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (payload) => {
      const descriptor = new Vp9PayloadDescriptor();
      const isValid = readPlaced(payload, (memory, offset, sizeBytes) => descriptor.parse(memory, offset, sizeBytes));
      if (!isValid) return;
      assert.ok(descriptor.sizeBytes >= 1 && descriptor.sizeBytes <= payload.length);
      assert.ok(descriptor.pictureId >= -1 && descriptor.pictureId < 0x8000);
      assert.ok(descriptor.spatialLayer >= -1 && descriptor.spatialLayer <= 7);
      assert.ok(descriptor.spatialLayerCount >= 0 && descriptor.spatialLayerCount <= 8);
      assert.ok(descriptor.pictureIdOffset < descriptor.sizeBytes && descriptor.tl0PicIdxOffset < descriptor.sizeBytes);
    }),
    { numRuns: 5_000 },
  );
});
