import type { PacketMemory } from "../bytes/packet-memory.js";
import { H264_NAL_TYPE } from "./h264-nal-type.js";

/**
 * What one H.264 RTP payload holds (RFC 6184 §5.4, packetization modes 0 and 1): a NAL unit, a STAP-A of several, or a
 * fragment of one. Reused from packet to packet: {@link parse} fills it in.
 */
export class H264Payload {
  /** The first unit can be the first of an access unit: no slice but the first of a picture, and not the rest of a fragment. */
  canStartFrame = false;
  /** An IDR slice begins here. */
  hasIdrSlice = false;
  hasSequenceParameterSet = false;
  /** Where that unit is, header included, from the start of the payload; -1 when there is none, or only a fragment of it. */
  sequenceParameterSetOffset = -1;
  sequenceParameterSetBytes = 0;

  /** Reads a payload of `sizeBytes` at `offset`. False, with the fields undefined, when its units do not fit into it. */
  parse({ bytes }: PacketMemory, offset: number, sizeBytes: number): boolean {
    this.canStartFrame = false;
    this.hasIdrSlice = false;
    this.hasSequenceParameterSet = false;
    this.sequenceParameterSetOffset = -1;
    this.sequenceParameterSetBytes = 0;
    if (sizeBytes < 1) return false;
    const type = (bytes[offset] as number) & 0x1f;
    switch (type) {
      case H264_NAL_TYPE.stapA:
        return this.#parseAggregate(bytes, offset, offset + sizeBytes);
      case H264_NAL_TYPE.fuA:
        return this.#parseFragment(bytes, offset, sizeBytes);
      default:
        this.#readUnit(type, sizeBytes > 1 ? (bytes[offset + 1] as number) : 0, true);
        if (this.hasSequenceParameterSet) this.#placeParameterSet(0, sizeBytes);
        return true;
    }
  }

  /** STAP-A: units with a 16-bit length each, to the end (RFC 6184 §5.7.1). One that does not fit makes the packet void. */
  #parseAggregate(bytes: Uint8Array, offset: number, end: number): boolean {
    let at = offset + 1;
    if (at === end) return false;
    while (at < end) {
      if (at + 2 >= end) return false;
      const unitBytes = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
      const isFirst = at === offset + 1;
      at += 2;
      if (unitBytes === 0 || at + unitBytes > end) return false;
      const type = (bytes[at] as number) & 0x1f;
      this.#readUnit(type, unitBytes > 1 ? (bytes[at + 1] as number) : 0, isFirst);
      if (type === H264_NAL_TYPE.sequenceParameterSet) this.#placeParameterSet(at - offset, unitBytes);
      at += unitBytes;
    }
    return true;
  }

  /** FU-A (RFC 6184 §5.8). A fragment that claims to be first and last is neither. */
  #parseFragment(bytes: Uint8Array, offset: number, sizeBytes: number): boolean {
    if (sizeBytes < 3) return false;
    const header = bytes[offset + 1] as number;
    const isStart = (header & 0x80) !== 0 && (header & 0x40) === 0;
    if (isStart) this.#readUnit(header & 0x1f, bytes[offset + 2] as number, true);
    return true;
  }

  /** @param payload the unit's first byte after its header */
  #readUnit(type: number, payload: number, isFirst: boolean): void {
    const isSlice = type === H264_NAL_TYPE.slice || type === H264_NAL_TYPE.idrSlice;
    // first_mb_in_slice, an Exp-Golomb number, is 0: one set bit (ITU-T H.264 §7.4.1.2.4).
    if (isFirst) this.canStartFrame = !isSlice || (payload & 0x80) !== 0;
    if (type === H264_NAL_TYPE.idrSlice) this.hasIdrSlice = true;
    if (type === H264_NAL_TYPE.sequenceParameterSet) this.hasSequenceParameterSet = true;
  }

  #placeParameterSet(offset: number, sizeBytes: number): void {
    this.sequenceParameterSetOffset = offset;
    this.sequenceParameterSetBytes = sizeBytes;
  }
}
