import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseH264File } from "./h264-file.js";
import { hex } from "./payload.test.js";
import { damaged, readAsset } from "./test-media.test.js";

const whole = readAsset("test.h264");

test("reads the test picture: 96 pictures, the parameter sets with every 24th", () => {
  const accessUnits = parseH264File(whole);
  assert.ok(accessUnits);
  assert.equal(accessUnits.length, 96);
  for (const [index, { data, isKeyFrame }] of accessUnits.entries()) {
    assert.equal(isKeyFrame, index % 24 === 0);
    const firstUnit = (data[data.indexOf(1) + 1] ?? 0) & 0x1f;
    assert.equal(firstUnit, isKeyFrame ? 7 : 1);
  }
  assert.equal(
    accessUnits.reduce((total, { data }) => total + data.length, 0),
    whole.length,
  );
});

test("[H.264 §7.4.1.2.3] slices of one picture stay together; a delimiter, SEI or parameter set starts the next", () => {
  const twoSlices = "000001 65 88 000001 65 44";
  const stream = hex(`${twoSlices} 000001 41 9a 000001 09 f0 000001 41 9a 000001 06 05 000001 41 9b`);
  assert.deepEqual(
    parseH264File(stream)?.map(({ data }) => Buffer.from(data).toString("hex")),
    [twoSlices, "000001 41 9a", "000001 09 f0 000001 41 9a", "000001 06 05 000001 41 9b"].map((text) =>
      text.replaceAll(" ", ""),
    ),
  );
});

test("a stream without a picture is refused", () => {
  for (const text of ["", "00", "000001", "000001 67 42", "6588"]) assert.equal(parseH264File(hex(text)), undefined);
});

test("any damage leaves access units that follow each other within the file", () => {
  fc.assert(
    fc.property(damaged(whole.subarray(0, 30_000)), (bytes) => {
      const accessUnits = parseH264File(bytes) ?? [];
      let at = bytes.byteOffset;
      for (const { data } of accessUnits) {
        assert.ok(data.length > 0);
        assert.equal(data.byteOffset, at);
        at += data.length;
      }
    }),
  );
});
