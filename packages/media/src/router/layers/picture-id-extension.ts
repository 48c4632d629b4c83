import type { FrameInfo } from "../../codec/frame-info.js";

/** The unwrapped picture id nearest to `reference` whose low 7 or 15 bits are the frame's. */
export function extendPictureId({ pictureId, pictureIdBytes }: FrameInfo, reference: number): number {
  const range = pictureIdBytes === 2 ? 0x8000 : 0x80;
  let difference = (pictureId - reference) & (range - 1);
  if (difference > range >> 1) difference -= range;
  return reference + difference;
}
