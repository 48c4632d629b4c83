import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BitReader } from "./bit-reader.js";
import { BitWriter } from "./bit-writer.js";

test("[AV1-RTP §A.8.2] what is written comes back, whatever the widths", () => {
  const field = fc.oneof(
    fc.tuple(fc.constant("f"), fc.nat({ max: 32 }), fc.nat({ max: 0xffff_ffff })),
    fc.tuple(fc.constant("ns"), fc.integer({ min: 1, max: 33 }), fc.nat()),
  );
  fc.assert(
    fc.property(fc.array(field, { maxLength: 40 }), fc.nat({ max: 9 }), (fields, offset) => {
      const bytes = new Uint8Array(200).fill(0xff);
      const writer = new BitWriter();
      writer.begin(bytes, offset);
      const expected = fields.map(([kind, size, value]) => {
        if (kind === "ns") writer.writeNonSymmetric(size, value % size);
        else writer.write(size, value);
        return kind === "ns" ? value % size : value % 2 ** size;
      });
      const reader = new BitReader();
      reader.begin(bytes, offset, writer.sizeBytes);
      assert.deepEqual(
        fields.map(([kind, size]) => (kind === "ns" ? reader.readNonSymmetric(size) : reader.read(size))),
        expected,
      );
      assert.equal(reader.isOverrun, false);
      assert.ok(reader.remainingBits < 8);
    }),
  );
});

test("[AV1-RTP §A.8.2] ns(5) as the specification's table has it", () => {
  const codes = [0, 1, 2, 3, 4].map((value) => {
    const bytes = new Uint8Array(1);
    const writer = new BitWriter();
    writer.begin(bytes, 0);
    writer.writeNonSymmetric(5, value);
    return (bytes[0] as number)
      .toString(2)
      .padStart(8, "0")
      .slice(0, value < 3 ? 2 : 3);
  });
  assert.deepEqual(codes, ["00", "01", "10", "110", "111"]);
});

test("reading past the end gives zeros and is remembered", () => {
  const reader = new BitReader();
  reader.begin(Uint8Array.of(0xff, 0xff), 0, 1);
  assert.equal(reader.read(7), 0x7f);
  assert.equal(reader.read(2), 0);
  assert.equal(reader.isOverrun, true);
  assert.equal(reader.read(1), 0);
  assert.equal(reader.remainingBits, 0);
});
