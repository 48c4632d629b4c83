import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createPacketMemory, MAX_RTP_BYTES, SCRATCH_BYTES } from "../bytes/packet-memory.js";
import { findExtension, readAbsoluteSendTime, readAudioLevel, readTextExtension } from "./header-extension.js";
import { isRtcp, parseRtpHeader, RtpHeader, trimRtpPadding } from "./rtp-header.js";
import { arbitraryRtpPacket, rtpPacket, serializeRtpPacket } from "./rtp-packet-arbitrary.test.js";

const memory = createPacketMemory(SCRATCH_BYTES + 4096);
const PACKET = SCRATCH_BYTES + 512;
const header = new RtpHeader();

/** Puts the packet between poison and returns its size. */
function put(bytes: Uint8Array, poison = 0xff): number {
  memory.bytes.fill(poison, SCRATCH_BYTES);
  memory.bytes.set(bytes, PACKET);
  return bytes.length;
}

function parse(bytes: Uint8Array): boolean {
  return parseRtpHeader(memory, PACKET, put(bytes), header);
}

test("[RFC3550 §5.1] reads every field of any well-formed packet", () => {
  fc.assert(
    fc.property(arbitraryRtpPacket, (fields) => {
      const bytes = serializeRtpPacket(fields);
      assert.equal(parse(bytes), true);
      assert.equal(header.payloadType, fields.payloadType);
      assert.equal(header.marker, fields.marker);
      assert.equal(header.sequenceNumber, fields.sequenceNumber);
      assert.equal(header.timestamp, fields.timestamp);
      assert.equal(header.ssrc, fields.ssrc);
      assert.equal(header.headerBytes, bytes.length - fields.payload.length - fields.paddingBytes);
      assert.equal(header.payloadOffset, PACKET + header.headerBytes);
      assert.equal(header.payloadBytes, fields.payload.length + fields.paddingBytes);
      assert.equal(header.hasPadding, fields.paddingBytes > 0);
      assert.equal(header.extensionProfile, fields.extension?.profile ?? 0);
      for (const { id, data } of fields.extension?.elements ?? []) {
        const offset = findExtension(memory, header, id);
        assert.deepEqual(memory.bytes.slice(offset, offset + header.elementBytes), data);
      }
      assert.equal(trimRtpPadding(memory, PACKET, bytes.length, header), true);
      assert.deepEqual(memory.bytes.slice(header.payloadOffset, header.payloadOffset + header.payloadBytes), fields.payload);
    }),
  );
});

/** Everything that reads a header, as one comparable value. */
function readEverything(sizeBytes: number): unknown {
  if (!parseRtpHeader(memory, PACKET, sizeBytes, header)) return false;
  const found = [0, 1, 2, 3, 7, 14, 15, 16, 200, 255].map((id) => [
    findExtension(memory, header, id),
    header.elementBytes,
    readAudioLevel(memory, header, id),
    readAbsoluteSendTime(memory, header, id),
    readTextExtension(memory, header, id),
  ]);
  return [{ ...header }, found, trimRtpPadding(memory, PACKET, sizeBytes, header), header.payloadBytes];
}

/** A result that does not change with the bytes around the packet was made without them. */
function assertReadsInside(bytes: Uint8Array): void {
  const first = readEverything(put(bytes, 0xff));
  assert.deepEqual(readEverything(put(bytes, 0x11)), first);
  if (first === false) return;
  assert.ok(header.headerBytes >= 12 && header.headerBytes + header.payloadBytes <= bytes.length);
  assert.ok(header.extensionOffset === 0 || header.extensionOffset + header.extensionBytes <= header.payloadOffset);
}

test("fuzz: random bytes never throw and nothing outside the packet is read", () => {
  const versioned = fc
    .uint8Array({ minLength: 1, maxLength: 120 })
    .map((bytes) => bytes.with(0, 0x80 | ((bytes[0] ?? 0) & 0x3f)));
  fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 120 }), versioned), assertReadsInside), { numRuns: 3000 });
});

test("fuzz: truncated and mutated packets never throw and nothing outside the packet is read", () => {
  fc.assert(
    fc.property(
      arbitraryRtpPacket,
      fc.nat(),
      fc.array(fc.tuple(fc.nat(40), fc.nat(255)), { maxLength: 4 }),
      (fields, cut, changes) => {
        const bytes = serializeRtpPacket(fields);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        assertReadsInside(bytes.subarray(0, cut % (bytes.length + 1)));
        assertReadsInside(bytes);
      },
    ),
    { numRuns: 2000 },
  );
});

test("[attack 17] version other than 2 is refused", () => {
  for (const first of [0x00, 0x40, 0xc0]) assert.equal(parse(serializeRtpPacket(rtpPacket()).with(0, first)), false);
});

test("[attack 17] an extension block longer than the packet is refused", () => {
  const bytes = serializeRtpPacket(rtpPacket({ extension: { profile: 0xbede, elements: [] }, payload: new Uint8Array(0) }));
  assert.equal(parse(bytes), true);
  assert.equal(parse(bytes.with(15, 1)), false, "one word announced, none there");
  assert.equal(parse(bytes.with(14, 0xff)), false, "65280 words announced");
  assert.equal(parse(bytes.subarray(0, 15)), false, "block header cut");
});

test("[attack 17] a CSRC list longer than the packet is refused", () => {
  const bytes = serializeRtpPacket(rtpPacket({ csrcs: [1, 2], payload: new Uint8Array(0) }));
  assert.equal(parse(bytes), true);
  assert.equal(parse(bytes.with(0, 0x83)), false);
  assert.equal(parse(bytes.with(0, 0x9f)), false);
});

test("[attack 17] padding of 0, or larger than the payload, is refused", () => {
  for (const [count, isValid] of [
    [0, false],
    [1, true],
    [4, true],
    [5, false],
    [255, false],
  ] as const) {
    const bytes = serializeRtpPacket(rtpPacket()).with(0, 0xa0).with(15, count);
    assert.equal(parse(bytes), true);
    assert.equal(trimRtpPadding(memory, PACKET, bytes.length, header), isValid, `padding of ${count}`);
  }
  assert.equal(parse(serializeRtpPacket(rtpPacket({ payload: new Uint8Array(0) })).with(0, 0xa0)), true);
  assert.equal(trimRtpPadding(memory, PACKET, 12, header), false, "no payload to hold a count");
});

test("[attack 17] a packet without payload is well-formed, one of 11 bytes is not", () => {
  const bytes = serializeRtpPacket(rtpPacket({ payload: new Uint8Array(0) }));
  assert.equal(parse(bytes), true);
  assert.equal(header.payloadBytes, 0);
  assert.equal(parse(bytes.subarray(0, 11)), false);
  assert.equal(parse(new Uint8Array(0)), false);
});

test("[attack 17] a packet of more than 1500 bytes is refused", () => {
  assert.equal(parse(serializeRtpPacket(rtpPacket({ payload: new Uint8Array(MAX_RTP_BYTES - 12) }))), true);
  assert.equal(parse(serializeRtpPacket(rtpPacket({ payload: new Uint8Array(MAX_RTP_BYTES - 11) }))), false);
});

test("a packet that would leave the memory is refused", () => {
  assert.equal(parseRtpHeader(memory, memory.bytes.length - 11, 12, header), false);
  assert.equal(parseRtpHeader(memory, -1, 12, header), false);
});

test("[RFC5761 §4] tells RTCP from RTP by packet types 192–223", () => {
  const second = (value: number) => isRtcp(memory, PACKET, put(Uint8Array.of(0x80, value, 0, 0)));
  assert.deepEqual([191, 192, 200, 206, 207, 223, 224].map(second), [false, true, true, true, true, true, false]);
  assert.equal(second(0x80 | 96), false, "a marked packet of payload type 96");
  assert.equal(isRtcp(memory, PACKET, 1), false);
});
