import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseOggOpusFile } from "./ogg-opus-file.js";
import { findOggPackets } from "./ogg-packets.js";
import { opusPacketDurationMs } from "./opus-packet.js";
import { hex } from "./payload.test.js";
import { damaged, readAsset } from "./test-media.test.js";

const whole = readAsset("test.ogg");

test("reads the test tone: 20 ms packets, mono", () => {
  const file = parseOggOpusFile(whole);
  assert.ok(file);
  assert.equal(file.channels, 1);
  assert.equal(file.preSkip, 312);
  assert.equal(file.packets.length, 201);
  assert.ok(file.packets.every(({ durationMs }) => durationMs === 20));
  assert.equal(file.durationMs, 4_020);
});

const DURATIONS: [toc: string, durationMs: number | undefined][] = [
  ["00", 10],
  ["18", 60],
  ["60", 10],
  ["78", 20],
  ["80", 2.5],
  ["f8", 20],
  ["f9", 40],
  ["fa", 40],
  ["fb 06", 120],
  ["fb 07", undefined],
  ["fb 00", undefined],
  ["fb", undefined],
  ["1b 03", undefined],
  ["", undefined],
];
for (const [packet, durationMs] of DURATIONS) {
  test(`[RFC6716 §3.1] a packet that starts with "${packet}" lasts ${durationMs ?? "no valid time"} ms`, () => {
    assert.equal(opusPacketDurationMs(hex(packet)), durationMs);
  });
}

/** Pages of one stream that carry `packets`, `segmentsPerPage` segments each (RFC 3533 §6). */
function writeOgg(packets: readonly Uint8Array[], segmentsPerPage: number, serial: number): Uint8Array {
  const segments = packets.flatMap((packet) => {
    const count = Math.floor(packet.length / 255) + 1;
    return Array.from({ length: count }, (_, index) => packet.subarray(index * 255, index * 255 + 255));
  });
  const pages: number[] = [];
  let isContinued = false;
  for (let index = 0; index < segments.length; index += segmentsPerPage) {
    const own = segments.slice(index, index + segmentsPerPage);
    pages.push(...hex("4f676753 00"), isContinued ? 1 : 0, ...new Array<number>(8).fill(0), serial, 0, 0, 0);
    pages.push(...new Array<number>(8).fill(0), own.length, ...own.map((segment) => segment.length));
    for (const segment of own) pages.push(...segment);
    isContinued = own.at(-1)?.length === 255;
  }
  return Uint8Array.from(pages);
}

test("[RFC3533 §5] packets that span segments and pages come out whole", () => {
  const packets = fc.array(fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 250, maxLength: 1_100 })), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(packets, fc.integer({ min: 1, max: 8 }), (written, segmentsPerPage) => {
      const plain = (parts: readonly Uint8Array[]): number[][] => parts.map((part) => [...part]);
      assert.deepEqual(plain(findOggPackets(writeOgg(written, segmentsPerPage, 7))), plain(written));
    }),
  );
});

test("[RFC3533 §4] pages of another stream are skipped", () => {
  const [ours, other] = [writeOgg([hex("01"), hex("02")], 1, 7), writeOgg([hex("ff")], 1, 8)];
  const pageBytes = ours.length / 2;
  const mixed = [...ours.subarray(0, pageBytes), ...other, ...ours.subarray(pageBytes)];
  assert.deepEqual(
    findOggPackets(Uint8Array.from(mixed)).map((packet) => packet[0]),
    [1, 2],
  );
});

test("[RFC7845 §5.1] other than one stream of mono or stereo is refused", () => {
  const head = (channels: number, family: number, version = 1): Uint8Array =>
    Uint8Array.from([...Buffer.from("OpusHead"), version, channels, 0x38, 0x01, ...new Array<number>(6).fill(0), family]);
  const tags = Uint8Array.from(Buffer.from("OpusTags"));
  const parse = (...packets: Uint8Array[]): unknown => parseOggOpusFile(writeOgg(packets, 4, 1));
  assert.ok(parse(head(2, 0), tags, hex("78 00")));
  assert.equal(parse(head(2, 0), tags), undefined);
  assert.equal(parse(head(2, 0), hex("78 00")), undefined);
  assert.equal(parse(head(3, 0), tags, hex("78 00")), undefined);
  assert.equal(parse(head(0, 0), tags, hex("78 00")), undefined);
  assert.equal(parse(head(2, 1), tags, hex("78 00")), undefined);
  assert.equal(parse(head(2, 0, 16), tags, hex("78 00")), undefined);
  assert.equal(parse(hex("01 02"), tags, hex("78 00")), undefined);
});

test("any damage leaves packets that Opus allows, or no file", () => {
  fc.assert(
    fc.property(fc.oneof(damaged(whole), damaged(whole.subarray(0, 300)), fc.uint8Array({ maxLength: 200 })), (bytes) => {
      const file = parseOggOpusFile(bytes);
      if (file === undefined) return;
      assert.ok(file.packets.length > 0);
      for (const { data, durationMs } of file.packets) assert.ok(data.length > 0 && durationMs >= 2.5 && durationMs <= 120);
    }),
  );
});
