import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readStamp, STAMP_BYTES, sharedNowUs, writeStamp } from "./stamp.js";

test("a stamp survives whatever a server puts in front of it", () => {
  const packets = fc.uint8Array({ minLength: STAMP_BYTES, maxLength: 1_500 });
  const times = fc.double({ min: 0, max: 1e13, noNaN: true });
  fc.assert(
    fc.property(packets, times, fc.uint8Array({ maxLength: 40 }), (bytes, sentUs, header) => {
      const packet = Buffer.from(bytes);
      writeStamp(packet, sentUs);
      assert.equal(readStamp(Buffer.concat([header, packet])), sentUs);
    }),
  );
});

test("what carries no stamp has none, however short", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const hasMagic = Buffer.from(bytes).subarray(-STAMP_BYTES).indexOf("SLPB") === 0 && bytes.length >= STAMP_BYTES;
      assert.equal(readStamp(Buffer.from(bytes)) !== undefined, hasMagic);
    }),
  );
});

test("the shared clock goes forward", () => {
  const before = sharedNowUs();
  assert.ok(sharedNowUs() >= before);
});
