import type { PacketMemory } from "../bytes/packet-memory.js";
import { leb128Size, leb128Value } from "./leb128.js";

/** OBU types (AV1 specification §6.2.2). */
export const OBU_TYPE = { sequenceHeader: 1, temporalDelimiter: 2, tileList: 8, padding: 15 } as const;

/**
 * The aggregation header of one AV1 RTP payload and what the headers of its OBUs say (RTP Payload Format for AV1 §4.4).
 * Reused from packet to packet: {@link parse} fills it in.
 */
export class Av1Payload {
  /** Z: the first element continues an OBU of the packet before. */
  isContinuation = false;
  /** Y: the last element goes on in the next packet. */
  isContinued = false;
  /** N: the packet is the first of a coded video sequence. */
  isNewSequence = false;
  /** A sequence header OBU begins here, which some packetizers send without setting N. */
  hasSequenceHeader = false;
  /** Where that OBU is, header included, from the start of the payload; -1 when there is none. */
  sequenceHeaderOffset = -1;
  sequenceHeaderBytes = 0;
  /** Of the first OBU that begins here and has an extension header, 0–7 and 0–3; -1 when none has. */
  temporalLayer = -1;
  spatialLayer = -1;

  /** Reads a payload of `sizeBytes` at `offset`. False, with the fields undefined, when its elements do not fit into it. */
  parse({ bytes }: PacketMemory, offset: number, sizeBytes: number): boolean {
    if (sizeBytes < 2) return false;
    const header = bytes[offset] as number;
    this.isContinuation = (header & 0x80) !== 0;
    this.isContinued = (header & 0x40) !== 0;
    this.isNewSequence = (header & 0x08) !== 0;
    this.hasSequenceHeader = false;
    this.sequenceHeaderOffset = -1;
    this.sequenceHeaderBytes = 0;
    this.temporalLayer = -1;
    this.spatialLayer = -1;
    // A new sequence cannot begin in the middle of an OBU.
    if (this.isNewSequence && this.isContinuation) return false;

    const end = offset + sizeBytes;
    const elementCount = (header >> 4) & 0x03;
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
      if (elementBytes > 0 && (element > 0 || !this.isContinuation)) this.#readObuHeader(bytes, offset, at, elementBytes);
      at += elementBytes;
    }
    return elementCount === 0 || element === elementCount;
  }

  #readObuHeader(bytes: Uint8Array, offset: number, at: number, elementBytes: number): void {
    const header = bytes[at] as number;
    if (((header >> 3) & 0x0f) === OBU_TYPE.sequenceHeader) {
      this.hasSequenceHeader = true;
      this.sequenceHeaderOffset = at - offset;
      this.sequenceHeaderBytes = elementBytes;
    }
    const hasExtension = (header & 0x04) !== 0;
    if (!hasExtension || elementBytes < 2 || this.temporalLayer >= 0) return;
    const extension = bytes[at + 1] as number;
    this.temporalLayer = extension >> 5;
    this.spatialLayer = (extension >> 3) & 0x03;
  }
}
