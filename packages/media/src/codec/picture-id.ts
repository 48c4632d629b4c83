import type { PacketMemory } from "../bytes/packet-memory.js";
import type { FrameInfo } from "./frame-info.js";

/**
 * Replaces the picture id of a VP8 or VP9 packet where `info` found it, in the width it has: the low 7 or 15 bits of `value`
 * (RFC 7741 §4.2, RFC 9628 §4.2). Writing `info.pictureId` afterwards restores every bit. Nothing happens where there is none.
 */
export function writePictureId({ bytes }: PacketMemory, info: FrameInfo, value: number): void {
  const offset = info.pictureIdOffset;
  if (offset < 0) return;
  if (info.pictureIdBytes === 2) {
    bytes[offset] = 0x80 | ((value >> 8) & 0x7f);
    bytes[offset + 1] = value & 0xff;
  } else {
    bytes[offset] = value & 0x7f;
  }
}

/** Replaces TL0PICIDX by the low 8 bits of `value`; writing `info.tl0PictureIndex` restores it. Nothing happens where there is none. */
export function writeTl0PictureIndex({ bytes }: PacketMemory, info: FrameInfo, value: number): void {
  if (info.tl0PictureIndexOffset >= 0) bytes[info.tl0PictureIndexOffset] = value & 0xff;
}
