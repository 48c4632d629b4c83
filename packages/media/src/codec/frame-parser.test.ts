import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PAYLOAD_OFFSET, parsePacket } from "./frame.test.js";
import { createFrameParser } from "./frame-parser.js";
import { hex } from "./payload.test.js";

test("[RFC7741 §4.2] VP8: layers, picture id and TL0PICIDX with their places", () => {
  const info = parsePacket(createFrameParser("vp8", 0), { payload: "90 f0 92 34 07 b1 51 00", marker: true });
  assert.deepEqual(
    { ...info },
    {
      isKeyFrame: false,
      isFrameStart: true,
      isFrameEnd: true,
      spatialLayer: 0,
      temporalLayer: 2,
      isTemporalSwitch: true,
      isInterLayerPredicted: false,
      isInterPicturePredicted: true,
      isNotReferenceForUpperLayers: false,
      pictureId: 0x1234,
      pictureIdOffset: PAYLOAD_OFFSET + 2,
      pictureIdBytes: 2,
      tl0PictureIndex: 7,
      tl0PictureIndexOffset: PAYLOAD_OFFSET + 4,
      dependency: undefined,
    },
  );
});

test("[RFC7741 §4.3] VP8: a key frame begins where partition 0 begins with P = 0", () => {
  const parser = createFrameParser("VP8", 0);
  const said = ["10 50", "00 50", "11 50", "10 51"].map((payload) => parsePacket(parser, { payload }));
  assert.deepEqual(
    said.map((info) => [info?.isKeyFrame, info?.isFrameStart, info?.isInterPicturePredicted]),
    [
      [true, true, false],
      [false, false, true],
      [false, false, true],
      [false, true, true],
    ],
  );
  assert.equal(said[0]?.pictureId, -1);
  assert.equal(said[0]?.pictureIdOffset, -1);
});

test("[RFC9628 §4.2] VP9 SVC: only the lowest spatial layer of a key picture starts it", () => {
  const parser = createFrameParser("VP9", 0);
  // B, then B and E, then a predicted picture; spatial layer 1 is predicted from layer 0 (D).
  const packets = ["a8 05 00 07 ff", "a5 05 03 07 ff", "ad 05 03 07 ff", "ec 06 70 07 ff"];
  assert.deepEqual(
    packets.map((payload) => {
      const info = parsePacket(parser, { payload });
      assert.ok(info);
      const { isKeyFrame, isFrameStart, isFrameEnd, spatialLayer, temporalLayer, isTemporalSwitch } = info;
      const predicted = [info.isInterLayerPredicted, info.isInterPicturePredicted, info.isNotReferenceForUpperLayers];
      return [isKeyFrame, isFrameStart, isFrameEnd, spatialLayer, temporalLayer, isTemporalSwitch, ...predicted];
    }),
    [
      [true, true, false, 0, 0, false, false, false, false],
      [false, false, true, 1, 0, false, true, false, true],
      [false, true, true, 1, 0, false, true, false, true],
      [false, true, true, 0, 3, true, false, true, false],
    ],
  );
});

test("[RFC9628 §4.2] VP9: a 7-bit picture id in flexible mode, without TL0PICIDX", () => {
  const info = parsePacket(createFrameParser("VP9", 0), { payload: "f8 05 20 03 05 02 ff" });
  assert.equal(info?.pictureId, 5);
  assert.equal(info?.pictureIdOffset, PAYLOAD_OFFSET + 1);
  assert.equal(info?.pictureIdBytes, 1);
  assert.equal(info?.tl0PictureIndex, -1);
  assert.equal(info?.tl0PictureIndexOffset, -1);
});

/** Key frame, frame start and frame end of each packet of a stream. */
function limits(codec: string, packets: readonly [payload: string, timestamp: number, marker?: boolean][]): string[] {
  const parser = createFrameParser(codec, 0);
  return packets.map(([payload, timestamp, marker = false]) => {
    const info = parsePacket(parser, { payload, timestamp, marker });
    if (info === undefined) return "refused";
    return [info.isKeyFrame && "key", info.isFrameStart && "start", info.isFrameEnd && "end"].filter(Boolean).join(" ");
  });
}

test("[RFC6184 §5.7.1] H264: a key frame begins at its parameter sets and nowhere else in it", () => {
  const said = limits("H264", [
    ["78 0003 67 42 e0 0002 68 ce", 0],
    ["7c 85 88", 0],
    ["7c 05 00", 0],
    ["7c 45 00", 0, true],
    ["41 9a 02", 3_000],
    ["41 44 02", 3_000, true],
    ["67 42 e0 1f", 6_000],
    ["68 ce 3c 80", 6_000],
    ["06 05 01", 6_000],
    ["65 88 84", 6_000, true],
  ]);
  assert.deepEqual(said, ["key start", "", "", "end", "start", "end", "key start", "", "", "end"]);
});

test("[RFC6184 §8.2.1] H264: an IDR picture is a key frame where parameter sets are not sent, not where they are missing", () => {
  assert.deepEqual(
    limits("H264", [
      ["65 88 84", 0],
      ["65 44 84", 0, true],
      ["65 88 84", 3_000, true],
      ["67 42 e0 1f", 6_000],
      ["65 88 84", 6_000, true],
      // The parameter sets of this one come late: it can be started with from there on.
      ["7c 85 88", 9_000],
      ["67 42 e0 1f", 9_000],
      // Two without any: they are not sent any more.
      ["65 88 84", 12_000, true],
      ["65 88 84", 15_000, true],
    ]),
    ["key start", "end", "key start end", "key start", "end", "start", "key", "start end", "key start end"],
  );
});

test("H264: a late packet of an earlier frame does not end the present one", () => {
  assert.deepEqual(
    limits("H264", [
      ["41 9a 02", 0xffff_f000, true],
      ["09 f0", 500],
      ["41 9a 02", 0xffff_f800],
      ["41 9a 02", 500, true],
    ]),
    ["start end", "start", "start", "end"],
  );
});

test("[attack 18] H264: units that do not fit into the packet make it void", () => {
  const said = ["78", "78 0003 67 42 e0 ffff 68", "78 0003 67 42 e0 0000", "78 0003 67 42 e0 00", "7c 85", ""];
  assert.ok(said.every((payload) => limits("H264", [[payload, 0]])[0] === "refused"));
});

test("[AV1-RTP §4.4] AV1: frames by timestamp, continuation and marker; N or a sequence header begins a key frame", () => {
  assert.deepEqual(
    limits("AV1", [
      ["18 32 00", 0],
      ["d0 00 00", 0],
      ["90 00 00", 0, true],
      ["10 32 00", 3_000, true],
      ["00 01 12 02 0a 0b", 6_000],
      ["10 22 00", 6_000, true],
    ]),
    ["key start", "", "end", "start end", "key start", "end"],
  );
});

test("[AV1-RTP §4.4] AV1: layers by the OBU extension header, for the rest of the OBU too", () => {
  const parser = createFrameParser("AV1", 0);
  // Frame OBUs with an extension: temporal layer 2, spatial layers 0 and 1, in fragments.
  const packets = ["50 36 40 00", "90 00 00", "50 36 48 00", "90 00 00", "10 32 00"].map((payload, index) =>
    parsePacket(parser, { payload, timestamp: index < 4 ? 0 : 3_000 }),
  );
  assert.deepEqual(
    packets.map((info) => [info?.temporalLayer, info?.spatialLayer, info?.isFrameStart]),
    [
      [2, 0, true],
      [2, 0, false],
      [2, 1, true],
      [2, 1, false],
      [0, 0, true],
    ],
  );
});

test("[attack 18] AV1: elements that do not fit into the packet make it void", () => {
  const said = ["", "10", "08 ff 7f 0a 0b", "08 ff ff ff ff ff ff ff ff 01 0a", "38 01 0a 00", "98 32 00"];
  assert.ok(said.every((payload) => limits("AV1", [[payload, 0]])[0] === "refused"));
});

test("[attack 18] VP8, VP9: a descriptor cut short, or with nothing behind it, is refused", () => {
  for (const [codec, payload] of [
    ["VP8", "90 f0 92 34 07 b1"],
    ["VP9", "ec 92 34 53 08"],
    ["VP9", "0a 38 0140 00b4 0280 0168 02 00 04 01"],
  ] as const) {
    const whole = hex(payload);
    for (let sizeBytes = 0; sizeBytes <= whole.length; sizeBytes++) {
      assert.equal(parsePacket(createFrameParser(codec, 0), { payload: whole.subarray(0, sizeBytes) }), undefined);
    }
  }
});

test("a codec that is not known: frames by their timestamps and markers, each as good as a key frame", () => {
  const parser = createFrameParser("H266", 0);
  const packets = [
    { payload: "00", timestamp: 1 },
    { payload: "00", timestamp: 1, marker: true },
    { payload: "00", timestamp: 2, marker: true },
  ].map((sent) => parsePacket(parser, sent));
  assert.deepEqual(
    packets.map((info) => [info?.isKeyFrame, info?.isFrameStart, info?.isFrameEnd]),
    [
      [true, true, false],
      [false, false, true],
      [true, true, true],
    ],
  );
});

for (const codec of ["VP8", "VP9", "H264", "AV1"]) {
  test(`[attack 18] ${codec}: any bytes get an answer that depends on nothing outside them`, () => {
    const anyPacket = fc.record({ payload: fc.uint8Array({ minLength: 1, maxLength: 40 }), marker: fc.boolean() });
    fc.assert(
      fc.property(anyPacket, (sent) => {
        const said = [0x00, 0xff, 0x55].map((filler) => parsePacket(createFrameParser(codec, 0), sent, filler));
        assert.deepEqual(said[0], said[1]);
        assert.deepEqual(said[0], said[2]);
        const [info] = said;
        if (info === undefined) return;
        const end = PAYLOAD_OFFSET + sent.payload.length;
        assert.ok(info.pictureIdOffset + info.pictureIdBytes < end && info.tl0PictureIndexOffset < end);
        assert.ok(info.temporalLayer <= 7 && info.spatialLayer <= 7);
      }),
      { numRuns: 3_000 },
    );
  });
}

const DESCRIPTOR_ID = 4;

/** A packet whose header extension is `descriptor`. */
function described(descriptor: string, payload: string): Parameters<typeof parsePacket>[1] {
  return { payload, extension: { id: DESCRIPTOR_ID, data: hex(descriptor) } };
}

test("[AV1-RTP §A] a dependency descriptor goes before the payload, and the ids of VP9 stay", () => {
  const parser = createFrameParser("VP9", DESCRIPTOR_ID);
  // L1T2 with a structure, on a packet whose payload says "predicted, no start".
  const key = parsePacket(parser, described("c00001 80011ea851410108", "c4 05 ff"));
  assert.deepEqual([key?.isKeyFrame, key?.isFrameStart, key?.isFrameEnd, key?.pictureId], [true, true, true, 5]);
  assert.equal(key?.dependency?.structure?.decodeTargetCount, 2);
});

test("[AV1-RTP §A] frames that an encrypted payload says nothing about: layers, limits and key frames by the descriptor", () => {
  const parser = createFrameParser("H264", DESCRIPTOR_ID);
  const packets = ["c00001 80011ea851410108", "820002", "410003"].map((descriptor) =>
    parsePacket(parser, described(descriptor, "ff")),
  );
  assert.deepEqual(
    packets.map((info) => [
      info?.isKeyFrame,
      info?.isFrameStart,
      info?.isFrameEnd,
      info?.temporalLayer,
      info?.isTemporalSwitch,
    ]),
    [
      [true, true, true, 0, true],
      [false, true, false, 1, false],
      [false, false, true, 0, true],
    ],
  );
});

test("[AV1-RTP §A] with resolutions on every layer of a key picture, only the lowest begins it", () => {
  const parser = createFrameParser("AV1", DESCRIPTOR_ID);
  const structure =
    "80081485214eafffaaaa863cf0430c10c302afc0aaa0063c00430010c002a000a80006000040001d954926e082b04a0941b820ac12825";
  const rest = "03157f974000ca864330e222222eca8655304224230eca87752";
  const lowest = parsePacket(parser, described(`c10001${structure}${rest}`, "00"));
  const upper = parsePacket(parser, described(`c60002${structure}${rest}`, "00"));
  assert.deepEqual([lowest?.isKeyFrame, lowest?.spatialLayer], [true, 0]);
  assert.deepEqual([upper?.isKeyFrame, upper?.spatialLayer, upper?.isInterPicturePredicted], [false, 1, false]);
});

test("[AV1-RTP §A] without a descriptor, or before its structure, the payload is asked; a malformed one is refused", () => {
  const parser = createFrameParser("VP8", DESCRIPTOR_ID);
  assert.equal(parsePacket(parser, { payload: "10 50" })?.isKeyFrame, true);
  const unresolved = parsePacket(parser, described("820001", "10 50"));
  assert.equal(unresolved?.isKeyFrame, true);
  assert.equal(unresolved?.dependency, undefined);
  assert.equal(parsePacket(parser, described("c000", "10 50")), undefined);
  assert.equal(parsePacket(parser, described("c00001 80", "10 50")), undefined);
});
