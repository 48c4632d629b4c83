/** Of a picture, in pixels, before scaling and rotation. */
export interface FrameSize {
  readonly width: number;
  readonly height: number;
}
