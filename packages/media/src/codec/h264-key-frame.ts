import type { PacketMemory } from "../bytes/packet-memory.js";
import { H264_NAL_TYPE } from "./h264-nal-type.js";

/**
 * Whether an RTP payload (RFC 6184 §5.4, packetization modes 0 and 1) starts what a decoder can begin with: it holds a
 * sequence parameter set or an IDR slice, or the first fragment of one.
 *
 * A key frame sent as parameter sets and then slices is seen at the parameter sets and again at the first slice.
 */
export function isH264KeyFrame({ bytes }: PacketMemory, offset: number, sizeBytes: number): boolean {
  if (sizeBytes < 2) return false;
  const type = (bytes[offset] as number) & 0x1f;
  switch (type) {
    case H264_NAL_TYPE.stapA:
      return hasKeyUnit(bytes, offset + 1, offset + sizeBytes);
    case H264_NAL_TYPE.fuA: {
      const header = bytes[offset + 1] as number;
      const isStart = (header & 0x80) !== 0 && (header & 0x40) === 0;
      return sizeBytes > 2 && isStart && isKeyType(header & 0x1f);
    }
    default:
      return isKeyType(type);
  }
}

/** STAP-A: units with a 16-bit length each, to the end (RFC 6184 §5.7.1). One that does not fit makes the packet void. */
function hasKeyUnit(bytes: Uint8Array, start: number, end: number): boolean {
  let hasKey = false;
  let at = start;
  while (at < end) {
    if (at + 2 >= end) return false;
    const unitBytes = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
    at += 2;
    if (unitBytes === 0 || at + unitBytes > end) return false;
    if (isKeyType((bytes[at] as number) & 0x1f)) hasKey = true;
    at += unitBytes;
  }
  return hasKey;
}

function isKeyType(type: number): boolean {
  return type === H264_NAL_TYPE.idrSlice || type === H264_NAL_TYPE.sequenceParameterSet;
}
