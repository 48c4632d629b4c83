import type { PacketMemory } from "../bytes/packet-memory.js";
import { isAv1KeyFrame } from "./av1-key-frame.js";
import { isH264KeyFrame } from "./h264-key-frame.js";
import { isVp8KeyFrame } from "./vp8-key-frame.js";
import { isVp9KeyFrame } from "./vp9-key-frame.js";

/**
 * Whether the RTP payload (header, CSRCs, extensions and padding taken off) at `offset` starts a key frame. Reads only
 * `[offset, offset + sizeBytes)`, allocates nothing; false for what is cut short or malformed.
 */
export type KeyFrameDetector = (memory: PacketMemory, offset: number, sizeBytes: number) => boolean;

/** The detector of a codec by its encoding name, compared without case; undefined for audio and for codecs not known. */
export function keyFrameDetector(codecName: string): KeyFrameDetector | undefined {
  switch (codecName.toUpperCase()) {
    case "VP8":
      return isVp8KeyFrame;
    case "VP9":
      return isVp9KeyFrame;
    case "H264":
      return isH264KeyFrame;
    case "AV1":
      return isAv1KeyFrame;
    default:
      return undefined;
  }
}
