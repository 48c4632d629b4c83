import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createPacketMemory, SCRATCH_BYTES } from "../bytes/packet-memory.js";
import { parseRtpHeader, RtpHeader, trimRtpPadding } from "./rtp-header.js";
import { arbitraryRtpPacket, rtpPacket, serializeRtpPacket } from "./rtp-packet-arbitrary.test.js";
import { decapsulateRtx, encapsulateRtx } from "./rtx.js";

const memory = createPacketMemory(SCRATCH_BYTES + 8192);
const ORIGINAL = SCRATCH_BYTES;
const COPY = SCRATCH_BYTES + 4096;
const header = new RtpHeader();

test("[RFC4588 §4] a retransmission turns back into the packet it repeats", () => {
  fc.assert(
    fc.property(arbitraryRtpPacket, fc.nat(0xffff), (fields, rtxSequenceNumber) => {
      const original = serializeRtpPacket({ ...fields, paddingBytes: 0 });
      memory.bytes.set(original, ORIGINAL);
      assert.equal(parseRtpHeader(memory, ORIGINAL, original.length, header), true);

      // What a sender does: the same header with its own SSRC, payload type and sequence number, then the payload.
      const headerBytes = header.headerBytes;
      memory.bytes.copyWithin(COPY, ORIGINAL, ORIGINAL + headerBytes);
      memory.view.setUint8(COPY + 1, (header.marker ? 0x80 : 0) | 97);
      memory.view.setUint16(COPY + 2, rtxSequenceNumber);
      memory.view.setUint32(COPY + 8, 0x7777);
      const payloadBytes = encapsulateRtx(
        memory,
        COPY + headerBytes,
        header.payloadOffset,
        header.payloadBytes,
        fields.sequenceNumber,
      );
      assert.equal(payloadBytes, fields.payload.length + 2);
      assert.deepEqual(memory.bytes.slice(ORIGINAL, ORIGINAL + original.length), original, "the stored packet is untouched");

      const sizeBytes = headerBytes + payloadBytes;
      assert.equal(parseRtpHeader(memory, COPY, sizeBytes, header), true);
      assert.equal(trimRtpPadding(memory, COPY, sizeBytes, header), true);
      const length = decapsulateRtx(memory, COPY, header, fields.ssrc, fields.payloadType, 0x30000 + fields.sequenceNumber);
      assert.deepEqual(memory.bytes.slice(COPY, COPY + length), original);
      assert.equal(header.extendedSequenceNumber, 0x30000 + fields.sequenceNumber);
      assert.equal(header.ssrc, fields.ssrc);
      assert.equal(header.payloadType, fields.payloadType);
      assert.equal(header.payloadBytes, fields.payload.length);
    }),
  );
});

function receive(fields: Parameters<typeof rtpPacket>[0], highest = 100): number {
  const bytes = serializeRtpPacket(rtpPacket(fields));
  memory.bytes.set(bytes, COPY);
  assert.equal(parseRtpHeader(memory, COPY, bytes.length, header), true);
  assert.equal(trimRtpPadding(memory, COPY, bytes.length, header), true);
  return decapsulateRtx(memory, COPY, header, 5, 96, highest);
}

test("[attack 17] an RTX payload of 1 byte is dropped, and so is one of padding only", () => {
  assert.equal(receive({ payload: Uint8Array.of(0) }), -1);
  assert.equal(receive({ payload: new Uint8Array(0), paddingBytes: 200 }), -1);
  assert.equal(receive({ payload: Uint8Array.of(0, 99) }), 12, "an empty original is a packet");
});

test("padding of the retransmission does not become the original's", () => {
  assert.equal(receive({ payload: Uint8Array.of(0, 99, 7), paddingBytes: 9 }), 13);
  assert.equal(header.hasPadding, false);
  assert.equal(memory.view.getUint8(COPY) & 0x20, 0);
});

test("the original number is taken next to the stream's highest, across the wrap", () => {
  receive({ payload: Uint8Array.of(0xff, 0xff) }, 0x20003);
  assert.equal(header.extendedSequenceNumber, 0x1ffff);
  assert.equal(receive({ payload: Uint8Array.of(0xff, 0xff) }, 3), -1, "older than the stream");
});
