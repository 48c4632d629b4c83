import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { placePacket } from "./frame.test.js";
import { FrameInfo } from "./frame-info.js";
import { createFrameParser } from "./frame-parser.js";
import { writePictureId, writeTl0PictureIndex } from "./picture-id.js";

const DESCRIPTORS = {
  "VP8, 15 bits": ["VP8", "90 f0 92 34 07 b1 51"],
  "VP8, 7 bits": ["VP8", "90 c0 05 07 51"],
  "VP8, neither": ["VP8", "10 51"],
  "VP9, 15 bits": ["VP9", "ec 92 34 53 08 ff"],
  "VP9, 7 bits, flexible": ["VP9", "f8 05 20 03 05 02 ff"],
} as const;

for (const [what, [codec, payload]] of Object.entries(DESCRIPTORS)) {
  test(`[RFC7741 §4.2] [RFC9628 §4.2] ${what}: ids written in place are read back, and the old ones restore the packet`, () => {
    fc.assert(
      fc.property(fc.nat({ max: 0xffff }), fc.nat({ max: 0xffff }), (pictureId, tl0PictureIndex) => {
        const { memory, header } = placePacket({ payload });
        const before = memory.bytes.slice();
        const parser = createFrameParser(codec, 0);
        const info = new FrameInfo();
        assert.ok(parser.parse(memory, header, info));
        writePictureId(memory, info, pictureId);
        writeTl0PictureIndex(memory, info, tl0PictureIndex);
        const after = new FrameInfo();
        assert.ok(parser.parse(memory, header, after));
        const pictureIdMask = info.pictureIdBytes === 2 ? 0x7fff : 0x7f;
        const written = { ...after };
        assert.deepEqual(written, {
          ...info,
          pictureId: info.pictureId < 0 ? -1 : pictureId & pictureIdMask,
          tl0PictureIndex: info.tl0PictureIndex < 0 ? -1 : tl0PictureIndex & 0xff,
        });
        writePictureId(memory, info, info.pictureId);
        writeTl0PictureIndex(memory, info, info.tl0PictureIndex);
        assert.deepEqual(memory.bytes, before);
      }),
    );
  });
}
