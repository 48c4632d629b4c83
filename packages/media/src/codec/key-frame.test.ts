import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isKeyFrame } from "./frame.test.js";
import { hex } from "./payload.test.js";

interface Sample {
  readonly codec: string;
  readonly what: string;
  readonly payload: string;
  readonly isKey: boolean;
}

const SAMPLES: Sample[] = [
  { codec: "VP8", what: "[RFC7741 §4.3] P = 0 at the start of partition 0", payload: "10 50 01 02", isKey: true },
  { codec: "VP8", what: "[RFC7741 §4.3] P = 1", payload: "10 51 01 02", isKey: false },
  { codec: "VP8", what: "the middle of partition 0", payload: "00 50 01 02", isKey: false },
  { codec: "VP8", what: "the start of partition 1", payload: "11 50 01 02", isKey: false },
  { codec: "VP8", what: "a key frame behind a long descriptor", payload: "90 e0 92 34 07 20 50", isKey: true },
  { codec: "VP8", what: "[attack 18] a descriptor and nothing else", payload: "90 80 92 34", isKey: false },
  { codec: "VP9", what: "the start of a picture that is predicted from nothing", payload: "88 05 ff", isKey: true },
  { codec: "VP9", what: "a later packet of it", payload: "80 05 ff", isKey: false },
  { codec: "VP9", what: "a predicted picture", payload: "c8 05 ff", isKey: false },
  { codec: "VP9", what: "its upper spatial layer", payload: "a8 05 03 00 ff", isKey: false },
  { codec: "VP9", what: "its lowest spatial layer", payload: "a8 05 00 00 ff", isKey: true },
  { codec: "VP9", what: "[attack 18] a descriptor and nothing else", payload: "88 05", isKey: false },
  { codec: "H264", what: "[RFC6184 §5.6] an IDR slice", payload: "65 88 84", isKey: true },
  { codec: "H264", what: "[RFC6184 §5.6] a sequence parameter set", payload: "67 42 e0 1f", isKey: true },
  { codec: "H264", what: "[RFC6184 §5.6] a slice of another picture", payload: "41 9a 02", isKey: false },
  { codec: "H264", what: "[RFC6184 §5.6] a picture parameter set alone", payload: "68 ce 3c 80", isKey: false },
  { codec: "H264", what: "[RFC6184 §5.7.1] STAP-A with SPS and PPS", payload: "78 0003 67 42 e0 0002 68 ce", isKey: true },
  { codec: "H264", what: "[RFC6184 §5.7.1] STAP-A with SEI then IDR", payload: "78 0002 06 05 0002 65 88", isKey: true },
  { codec: "H264", what: "[RFC6184 §5.7.1] STAP-A without either", payload: "78 0002 06 05 0002 41 9a", isKey: false },
  { codec: "H264", what: "[RFC6184 §5.8] the first fragment of an IDR slice", payload: "7c 85 88", isKey: true },
  { codec: "H264", what: "[RFC6184 §5.8] a later fragment of it", payload: "7c 05 88", isKey: false },
  { codec: "H264", what: "[RFC6184 §5.8] the first fragment of another slice", payload: "7c 81 9a", isKey: false },
  { codec: "H264", what: "[RFC6184 §5.8] a fragment that is first and last", payload: "7c c5 88", isKey: false },
  {
    codec: "H264",
    what: "[attack 18] STAP-A whose unit is longer than the packet",
    payload: "78 0003 67 42 e0 ffff 68",
    isKey: false,
  },
  { codec: "H264", what: "[attack 18] STAP-A with an empty unit", payload: "78 0003 67 42 e0 0000", isKey: false },
  { codec: "H264", what: "[attack 18] STAP-A that ends inside a length", payload: "78 0003 67 42 e0 00", isKey: false },
  { codec: "H264", what: "[attack 18] FU-A without a payload", payload: "7c 85", isKey: false },
  { codec: "AV1", what: "[AV1-RTP §4.4] N = 1", payload: "18 32 00", isKey: true },
  { codec: "AV1", what: "[AV1-RTP §4.4] N = 0", payload: "10 32 00", isKey: false },
  { codec: "AV1", what: "[AV1-RTP §4.4] N = 1 in a continued OBU", payload: "98 32 00", isKey: false },
  { codec: "AV1", what: "a sequence header among elements with lengths", payload: "00 01 12 02 0a 0b", isKey: true },
  { codec: "AV1", what: "a sequence header as the last of two elements", payload: "20 01 12 0a 0b", isKey: true },
  { codec: "AV1", what: "a continued OBU that looks like a sequence header", payload: "90 0a 0b", isKey: false },
  { codec: "AV1", what: "[attack 18] an element longer than the packet", payload: "08 ff 7f 0a 0b", isKey: false },
  { codec: "AV1", what: "[attack 18] a length that never ends", payload: "08 ff ff ff ff ff ff ff ff 01 0a", isKey: false },
  { codec: "AV1", what: "[attack 18] fewer elements than announced", payload: "38 01 0a 00", isKey: false },
];

for (const { codec, what, payload, isKey } of SAMPLES) {
  test(`${codec}: ${what} is ${isKey ? "a" : "no"} key frame`, () => assert.equal(isKeyFrame(codec, hex(payload)), isKey));
}

for (const codec of ["VP8", "VP9", "H264", "AV1"]) {
  test(`${codec}: an empty payload is no key frame`, () => assert.equal(isKeyFrame(codec, new Uint8Array(0)), false));

  test(`[attack 18] ${codec}: any bytes get an answer that depends on nothing outside them`, () => {
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      // The same near to real packets: a known start, then anything.
      fc
        .tuple(fc.constantFrom(...SAMPLES.filter((sample) => sample.codec === codec)), fc.uint8Array({ maxLength: 16 }))
        .map(([sample, tail]) => Uint8Array.from([...hex(sample.payload).subarray(0, 4), ...tail])),
    );
    fc.assert(
      fc.property(payload, (bytes) => assert.equal(isKeyFrame(codec, bytes, 0x00), isKeyFrame(codec, bytes, 0xff))),
      { numRuns: 5_000 },
    );
  });
}
