import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hex, place, readPlaced } from "./payload.test.js";
import { Vp8PayloadDescriptor } from "./vp8-payload-descriptor.js";

function parse(payload: Uint8Array): Vp8PayloadDescriptor | undefined {
  const { memory, offset } = place(payload, 0xff);
  const descriptor = new Vp8PayloadDescriptor();
  return descriptor.parse(memory, offset, payload.length) ? descriptor : undefined;
}

test("[RFC7741 §4.2] the smallest descriptor is one byte", () => {
  const descriptor = parse(hex("10 00"));
  assert.equal(descriptor?.sizeBytes, 1);
  assert.equal(descriptor?.isPartitionStart, true);
  assert.equal(descriptor?.pictureId, -1);
  assert.equal(descriptor?.tl0PicIdx, -1);
  assert.equal(descriptor?.temporalLayer, -1);
  assert.equal(descriptor?.keyIdx, -1);
});

test("[RFC7741 §4.2] every extension, with a 15-bit picture id", () => {
  const descriptor = parse(hex("b5 f0 92 34 07 b1 ff"));
  assert.equal(descriptor?.sizeBytes, 6);
  assert.equal(descriptor?.isNonReference, true);
  assert.equal(descriptor?.isPartitionStart, true);
  assert.equal(descriptor?.partitionIndex, 5);
  assert.equal(descriptor?.isPictureIdLong, true);
  assert.equal(descriptor?.pictureId, 0x1234);
  assert.equal(descriptor?.pictureIdOffset, 2);
  assert.equal(descriptor?.tl0PicIdx, 7);
  assert.equal(descriptor?.tl0PicIdxOffset, 4);
  assert.equal(descriptor?.temporalLayer, 2);
  assert.equal(descriptor?.isLayerSync, true);
  assert.equal(descriptor?.keyIdx, 17);
});

test("[RFC7741 §4.2] a 7-bit picture id, and KEYIDX without TID", () => {
  const descriptor = parse(hex("80 90 7f ff"));
  assert.equal(descriptor?.pictureId, 0x7f);
  assert.equal(descriptor?.isPictureIdLong, false);
  assert.equal(descriptor?.temporalLayer, -1);
  assert.equal(descriptor?.isLayerSync, false);
  assert.equal(descriptor?.keyIdx, 31);
  assert.equal(descriptor?.sizeBytes, 4);
});

test("[attack 18] a VP8 descriptor cut short anywhere is refused", () => {
  const whole = hex("90 f0 92 34 07 b1");
  for (let sizeBytes = 0; sizeBytes < whole.length; sizeBytes++) assert.equal(parse(whole.subarray(0, sizeBytes)), undefined);
  assert.ok(parse(whole));
});

test("a descriptor parsed into a used object keeps nothing of the last one", () => {
  const used = new Vp8PayloadDescriptor();
  const full = place(hex("b5 f0 92 34 07 b1"), 0);
  assert.ok(used.parse(full.memory, full.offset, 6));
  const small = place(hex("10"), 0);
  assert.ok(used.parse(small.memory, small.offset, 1));
  assert.deepEqual({ ...used }, { ...parse(hex("10")) });
});

test("[attack 18] any bytes: the descriptor lies within the payload and nothing outside is read", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (payload) => {
      const descriptor = new Vp8PayloadDescriptor();
      const isValid = readPlaced(payload, (memory, offset, sizeBytes) => descriptor.parse(memory, offset, sizeBytes));
      if (!isValid) return;
      assert.ok(descriptor.sizeBytes >= 1 && descriptor.sizeBytes <= payload.length);
      assert.ok(descriptor.pictureId >= -1 && descriptor.pictureId < 0x8000);
      assert.ok(descriptor.pictureIdOffset < descriptor.sizeBytes && descriptor.tl0PicIdxOffset < descriptor.sizeBytes);
      assert.ok(descriptor.temporalLayer >= -1 && descriptor.temporalLayer <= 3);
    }),
    { numRuns: 2_000 },
  );
});
