import type { PacketMemory } from "../bytes/packet-memory.js";

/** OBU_SEQUENCE_HEADER (AV1 specification §6.2.2). */
const OBU_SEQUENCE_HEADER = 1;

/** Bytes of a leb128 number at most (AV1 specification §4.10.5). */
const MAX_LEB128_BYTES = 8;

/**
 * Whether an RTP payload starts a new coded video sequence: the aggregation header's N bit says so, or the packet holds a
 * sequence header OBU, which some encoders' packetizers send without setting N (RTP Payload Format for AV1 §4.4).
 */
export function isAv1KeyFrame({ bytes }: PacketMemory, offset: number, sizeBytes: number): boolean {
  if (sizeBytes < 2) return false;
  const header = bytes[offset] as number;
  const isContinued = (header & 0x80) !== 0;
  const isNewSequence = (header & 0x08) !== 0;
  // A new sequence cannot begin in the middle of an OBU.
  if (isNewSequence && isContinued) return false;
  const end = offset + sizeBytes;
  const elementCount = (header >> 4) & 0x03;
  let hasSequenceHeader = false;
  let at = offset + 1;
  let element = 0;
  for (; at < end; element++) {
    let elementBytes = end - at;
    // With a count W, the last element has no length; with W = 0 every element has one.
    if (elementCount === 0 || element < elementCount - 1) {
      const lengthBytes = leb128Size(bytes, at, end);
      if (lengthBytes === 0) return false;
      elementBytes = leb128Value(bytes, at, lengthBytes);
      at += lengthBytes;
    }
    if (elementBytes > end - at) return false;
    const isWhole = element > 0 || !isContinued;
    if (isWhole && elementBytes > 0 && (((bytes[at] as number) >> 3) & 0x0f) === OBU_SEQUENCE_HEADER) hasSequenceHeader = true;
    at += elementBytes;
  }
  if (elementCount !== 0 && element !== elementCount) return false;
  return isNewSequence || hasSequenceHeader;
}

/** Bytes of the leb128 number at `at`; 0 when it does not end before `end` or is too long. */
function leb128Size(bytes: Uint8Array, at: number, end: number): number {
  for (let size = 1; size <= MAX_LEB128_BYTES && at + size <= end; size++) {
    if (((bytes[at + size - 1] as number) & 0x80) === 0) return size;
  }
  return 0;
}

/** Exact up to 2^53, and past that still larger than any packet. */
function leb128Value(bytes: Uint8Array, at: number, sizeBytes: number): number {
  let value = 0;
  for (let index = sizeBytes - 1; index >= 0; index--) value = value * 128 + ((bytes[at + index] as number) & 0x7f);
  return value;
}
