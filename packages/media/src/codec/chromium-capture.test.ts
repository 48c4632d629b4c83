// Packets that Chromium 156 sent, captured behind SRTP: their dependency descriptors and first payload bytes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePacket } from "./frame.test.js";
import type { FrameInfo } from "./frame-info.js";
import { createFrameParser } from "./frame-parser.js";
import { hex } from "./payload.test.js";

const DESCRIPTOR_ID = 13;

/** By codec and scalability mode. Of L3T3 the highest layer is not sent, which every packet's custom chains take into account. */
const CAPTURES = {
  "av1 L1T3": [
    {
      descriptor: "800001800214eaa860414d1410208427027f0167",
      payload: "6810080021070881844043313fd9c01a00803400104bf0238e38c52b1a00",
      timestamp: 0,
      marker: false,
      said: "key S0T0 start",
    },
    { descriptor: "400001", payload: "90da8778f085bda0faf64164", timestamp: 0, marker: true, said: "S0T0 end" },
    { descriptor: "830002", payload: "5034403000000000012fc0d3", timestamp: 4500, marker: false, said: "S0T2 start" },
    { descriptor: "430002", payload: "90bc38b19f26b8529f0e9ed5", timestamp: 4500, marker: true, said: "S0T2 end" },
    { descriptor: "820003", payload: "5034203000400000013400ff", timestamp: 9000, marker: false, said: "S0T1 start" },
    { descriptor: "420003", payload: "90dcd50b027a1f757c9e553b", timestamp: 9000, marker: true, said: "S0T1 end" },
    { descriptor: "840004", payload: "5034403400049249026081b6", timestamp: 13500, marker: false, said: "S0T2 start" },
    { descriptor: "440004", payload: "9059aeeb7eb8426294d345da", timestamp: 13500, marker: true, said: "S0T2 end" },
  ],
  "av1 L3T3": [
    {
      descriptor:
        "c10001c0081485214eafffaaaa863cf0430c10c302afc0aaa0063c00430010c002a000a80006000040001d954926e082b04a0941b820ac1282503157f974000ca864330e222222eca8655304224230eca8775300ef008601df010d03bf021b1f80",
      payload: "281c08008707238191c04860e430321809041c8206410124cf7f0d8034013400127790f0",
      timestamp: 0,
      marker: false,
      said: "key S0T0 start end",
    },
    { descriptor: "860002", payload: "50340831e040020000efa1a0", timestamp: 0, marker: false, said: "S1T0 start" },
    { descriptor: "460002", payload: "904acdf0449f50e99b8bbf28", timestamp: 0, marker: true, said: "S1T0 end" },
    {
      descriptor: "c300031a20100800",
      payload: "1034403508000c008268012c",
      timestamp: 4320,
      marker: false,
      said: "S0T2 start end",
    },
    {
      descriptor: "c800041a2800604000",
      payload: "1034483510078c008268012c",
      timestamp: 4320,
      marker: true,
      said: "S1T2 start end",
    },
    {
      descriptor: "c200051a60201800",
      payload: "103420310100060081340096",
      timestamp: 8820,
      marker: false,
      said: "S0T1 start end",
    },
    {
      descriptor: "c700061a6800a08000",
      payload: "103428310206060081340096",
      timestamp: 8820,
      marker: true,
      said: "S1T1 start end",
    },
    {
      descriptor: "c300071a20302800",
      payload: "10344035080c0c008268012c",
      timestamp: 13320,
      marker: false,
      said: "S0T2 start end",
    },
  ],
  "vp9 L3T3_KEY": [
    {
      descriptor:
        "800001c0081485214eaaaaa8000600004000100002aa80a8000600004000100002a000a800060000400016d549241b5524906d54923157e001974ca864330e222396eca8655304224390eca8775300ef008601df010d03bf021b1f80",
      payload: "bad706103000f0008701e0010e83498342000ef008780ef80868a0e09070",
      timestamp: 0,
      marker: false,
      said: "key S0T0 start",
    },
    { descriptor: "400001", payload: "b4d7061015f8c948ba430d3f", timestamp: 0, marker: false, said: "S0T0 end" },
    { descriptor: "850002", payload: "b8d706138702020003be021a", timestamp: 0, marker: false, said: "S1T0 start" },
    { descriptor: "050002", payload: "b0d70613fa88859a19874b5c", timestamp: 0, marker: false, said: "S1T0" },
    { descriptor: "050002", payload: "b0d706136432483ccaa62c73", timestamp: 0, marker: false, said: "S1T0" },
    { descriptor: "450002", payload: "b4d706131f010401de947862", timestamp: 0, marker: true, said: "S1T0 end" },
    {
      descriptor: "c300031a20100800",
      payload: "fdd70750028700000001de01",
      timestamp: 3240,
      marker: false,
      said: "S0T2 start end",
    },
    {
      descriptor: "c800041a20181000",
      payload: "fdd70752028700200003be02",
      timestamp: 3240,
      marker: true,
      said: "S1T2 start end",
    },
  ],
  "vp8 L1T3": [
    {
      descriptor: "c000018002044eaaaf2860414d34538a0940409fc059c0",
      payload: "10105d009d012a8002680139",
      timestamp: 0,
      marker: true,
      said: "key S0T0 start end",
    },
    { descriptor: "850002", payload: "30514f000f1c240c2c2c44cc", timestamp: 4410, marker: false, said: "S0T2 start" },
    { descriptor: "450002", payload: "20a65f079c3ba39ab02d5800", timestamp: 4410, marker: true, said: "S0T2 end" },
    { descriptor: "830003", payload: "10314b00131c240c2c2c44cc", timestamp: 9450, marker: false, said: "S0T1 start" },
    { descriptor: "430003", payload: "00923cd779f3ee5c45721e50", timestamp: 9450, marker: true, said: "S0T1 end" },
    { descriptor: "850004", payload: "30b150000f1c240c2c2c44cc", timestamp: 13410, marker: false, said: "S0T2 start" },
    { descriptor: "450004", payload: "209a1b554d0daaa686d550ab", timestamp: 13410, marker: true, said: "S0T2 end" },
  ],
} as const;

for (const [name, packets] of Object.entries(CAPTURES)) {
  const [codec = ""] = name.split(" ");

  test(`a capture of Chromium: ${name}`, () => {
    const parser = createFrameParser(codec, DESCRIPTOR_ID);
    const infos = packets.map(({ descriptor, ...packet }, index) =>
      parsePacket(parser, {
        ...packet,
        extendedSequenceNumber: index,
        extension: { id: DESCRIPTOR_ID, data: hex(descriptor) },
      }),
    );
    assert.deepEqual(
      infos.map((info) => [describe(info), info?.dependency === undefined]),
      packets.map(({ said }) => [said, false]),
    );
  });

  test(`a capture of Chromium: ${name}, where the payload is all there is`, () => {
    const parser = createFrameParser(codec, 0);
    const infos = packets.map((packet) => parsePacket(parser, packet));
    // With a dependency descriptor Chromium's VP8 payload descriptors have no layers and ids; frames of AV1 and VP8 end with
    // the marker, which only the highest layer has.
    const hasLayers = codec !== "vp8";
    const hasEnds = codec !== "av1";
    const seen = (text: string) => {
      const layers = hasLayers ? text : text.replace(/S\dT\d/, "S0T0");
      return hasEnds ? layers : layers.replace(/ end$/, "");
    };
    assert.deepEqual(
      infos.map((info) => seen(describe(info))),
      packets.map(({ said }) => seen(said)),
    );
  });
}

function describe(info: FrameInfo | undefined): string {
  if (info === undefined) return "refused";
  const { isKeyFrame, isFrameStart, isFrameEnd, spatialLayer, temporalLayer } = info;
  const parts = [isKeyFrame && "key", `S${spatialLayer}T${temporalLayer}`, isFrameStart && "start", isFrameEnd && "end"];
  return parts.filter(Boolean).join(" ");
}
