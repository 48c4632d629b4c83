/** CSS `object-fit`. */
export type PictureFit = "fill" | "contain" | "cover" | "none" | "scale-down";

interface Size {
  readonly width: number;
  readonly height: number;
}

/** On screens with more pixels than twice those of CSS nobody sees the difference in a moving picture. */
const MAX_PIXEL_DENSITY = 2;

/**
 * How many pixels of the screen a picture takes in a box of CSS pixels, at least 1 × 1. With `contain` that can be less than the
 * box; whatever a picture that covers its box has outside of it does not count. `picture`: 0 × 0 when unknown.
 */
export function pictureSize(box: Size, picture: Size, fit: PictureFit, pixelDensity: number): Size {
  const density = Math.min(Math.max(pixelDensity, 1), MAX_PIXEL_DENSITY);
  const isFitted = (fit === "contain" || fit === "scale-down") && picture.width > 0 && picture.height > 0;
  const scale = isFitted ? Math.min(box.width / picture.width, box.height / picture.height) : 0;
  const { width, height } = isFitted ? { width: picture.width * scale, height: picture.height * scale } : box;
  return { width: Math.max(1, Math.round(width * density)), height: Math.max(1, Math.round(height * density)) };
}
