import type { PacketMemory } from "../bytes/packet-memory.js";
import type { RtpHeader } from "./rtp-header.js";
import { extendSequenceNumber } from "./sequence-unwrapper.js";

/** Bytes of the original sequence number in front of a retransmitted payload (RFC 4588 §4). */
export const RTX_HEADER_BYTES = 2;

/** The P bit of the first header byte. */
const PADDING_FLAG = 0x20;

/**
 * Writes the payload of a retransmission to `destination`: the original sequence number, then the original payload copied
 * from `payload`, anywhere in the memory. Returns its length. Protect it in place; its header is the caller's.
 */
export function encapsulateRtx(
  memory: PacketMemory,
  destination: number,
  payload: number,
  payloadBytes: number,
  originalSequenceNumber: number,
): number {
  memory.bytes.copyWithin(destination + RTX_HEADER_BYTES, payload, payload + payloadBytes);
  memory.view.setUint16(destination, originalSequenceNumber & 0xffff);
  return RTX_HEADER_BYTES + payloadBytes;
}

/**
 * Turns the retransmission at `offset` (unprotected, padding trimmed) back into the packet it repeats, in place, and `header`
 * with it. Returns the packet's length, or -1 when the payload is too short to hold an original sequence number: 1 byte is an
 * attack on what subtracts 2, and 0 is a sender's padding for bandwidth probes. Both are dropped.
 *
 * `ssrc`, `payloadType`: of the original stream (`apt`). `highestSequenceNumber`: its highest extended sequence number so far,
 * next to which the 16 bits are taken; a result below 0 is older than the stream and dropped too.
 */
export function decapsulateRtx(
  memory: PacketMemory,
  offset: number,
  header: RtpHeader,
  ssrc: number,
  payloadType: number,
  highestSequenceNumber: number,
): number {
  if (header.payloadBytes < RTX_HEADER_BYTES) return -1;
  const { bytes, view } = memory;
  const payload = header.payloadOffset;
  const sequenceNumber = view.getUint16(payload);
  const extendedSequenceNumber = extendSequenceNumber(sequenceNumber, highestSequenceNumber);
  if (extendedSequenceNumber < 0) return -1;

  header.payloadBytes -= RTX_HEADER_BYTES;
  bytes.copyWithin(payload, payload + RTX_HEADER_BYTES, payload + RTX_HEADER_BYTES + header.payloadBytes);
  view.setUint8(offset, view.getUint8(offset) & ~PADDING_FLAG);
  view.setUint8(offset + 1, (header.marker ? 0x80 : 0) | payloadType);
  view.setUint16(offset + 2, sequenceNumber);
  view.setUint32(offset + 8, ssrc);
  header.hasPadding = false;
  header.payloadType = payloadType;
  header.sequenceNumber = sequenceNumber;
  header.extendedSequenceNumber = extendedSequenceNumber;
  header.ssrc = ssrc;
  return header.headerBytes + header.payloadBytes;
}
