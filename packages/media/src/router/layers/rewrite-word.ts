/**
 * How a packet differs from what was received, in 32 bits, beyond what is the same for its whole segment: with it a packet is
 * built the same when it is sent again. Values are what the packet says in the end, not differences.
 *
 * Bits 0–14 are the picture id, 15–22 TL0PICIDX.
 */
export const REWRITE = {
  /** The marker bit is set. */
  marker: 1 << 23,
  /** The picture id and TL0PICIDX are replaced, where the packet has them. */
  ids: 1 << 24,
  /** The payload is left out: the packet only takes the place of one that the receiver shall not wait for. */
  empty: 1 << 25,
} as const;

const PICTURE_ID_MASK = 0x7fff;
const TL0_PICTURE_INDEX_SHIFT = 15;

/** The bits of both ids, with {@link REWRITE.ids}. */
export function idsWord(pictureId: number, tl0PictureIndex: number): number {
  return REWRITE.ids | (pictureId & PICTURE_ID_MASK) | ((tl0PictureIndex & 0xff) << TL0_PICTURE_INDEX_SHIFT);
}

export function pictureIdIn(word: number): number {
  return word & PICTURE_ID_MASK;
}

export function tl0PictureIndexIn(word: number): number {
  return (word >> TL0_PICTURE_INDEX_SHIFT) & 0xff;
}
