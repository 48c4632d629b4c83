import { BitReader } from "./bit-reader.js";
import type { FrameSize } from "./frame-size.js";

const SYNC_CODE = 0x498342;
/** color_space of RGB, which has no subsampling to tell. */
const CS_RGB = 7;

const reader = new BitReader();

/** Reads on to what only key frames have. Undefined when this is no VP9 frame, or one that only shows an earlier one. */
function beginFrame(bytes: Uint8Array, offset: number, sizeBytes: number): { profile: number; isKey: boolean } | undefined {
  reader.begin(bytes, offset, sizeBytes);
  if (reader.read(2) !== 2) return undefined;
  const profile = reader.read(1) + 2 * reader.read(1);
  if (profile === 3) reader.read(1);
  const showsExistingFrame = reader.read(1) === 1;
  const isKey = reader.read(1) === 0;
  return showsExistingFrame || reader.isOverrun ? undefined : { profile, isKey };
}

/** Whether an encoded VP9 frame is a key frame (VP9 bitstream specification §6.2). */
export function isVp9KeyFrameData(frame: Uint8Array): boolean {
  return beginFrame(frame, 0, frame.length)?.isKey === true;
}

/** Profile of an encoded VP9 frame, 0–3; undefined when this is none, or one that only repeats another. */
export function vp9Profile(frame: Uint8Array): number | undefined {
  return beginFrame(frame, 0, frame.length)?.profile;
}

/** What the uncompressed header of a VP9 key frame says; undefined when the frame is none, or is cut short. */
export function readVp9FrameSize(bytes: Uint8Array, offset: number, sizeBytes: number): FrameSize | undefined {
  const header = beginFrame(bytes, offset, sizeBytes);
  if (header?.isKey !== true) return undefined;
  reader.read(2); // show_frame, error_resilient_mode
  if (reader.read(24) !== SYNC_CODE) return undefined;
  if (header.profile >= 2) reader.read(1);
  const hasSubsampling = header.profile === 1 || header.profile === 3;
  const isRgb = reader.read(3) === CS_RGB;
  // color_range, then subsampling_x and _y and a reserved bit; of RGB the reserved bit alone.
  if (isRgb && !hasSubsampling) return undefined;
  reader.read(isRgb ? 1 : hasSubsampling ? 4 : 1);
  const width = reader.read(16) + 1;
  const height = reader.read(16) + 1;
  return reader.isOverrun ? undefined : { width, height };
}
