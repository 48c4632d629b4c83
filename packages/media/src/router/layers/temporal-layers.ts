import type { FrameInfo } from "../../codec/frame-info.js";
import { MAX_LAYERS } from "./producer-layers.js";

/**
 * How many temporal layers of a stream go to one receiver. Down at the next picture; up where a frame says that it does not
 * need what was left out (VP8 Y, VP9 U), a layer at a time, or at a key frame.
 */
export class TemporalLayers {
  readonly #isBaseSwitch: boolean;
  #target = MAX_LAYERS - 1;
  #current = MAX_LAYERS - 1;
  /** Before the last change, which was with this extended sequence number, as received. */
  #previous = MAX_LAYERS - 1;
  #changedAt = -1;

  /**
   * `isBaseSwitch`: a switching point in the base layer promises that nothing after it refers to higher layers before it. So it is
   * in VP9 (RFC 9628 §4.2, U); in VP8 every frame of the base layer may say that it refers to the base layer only.
   */
  constructor(isBaseSwitch: boolean) {
    this.#isBaseSwitch = isBaseSwitch;
  }

  /** The highest layer that is forwarded. */
  get current(): number {
    return this.#current;
  }

  setTarget(temporalLayer: number): void {
    this.#target = temporalLayer;
  }

  begin(): void {
    this.#current = this.#target;
    this.#changedAt = -1;
  }

  /** The first packet of a picture, in order, before it is decided about. */
  handlePicture(frame: FrameInfo, extendedSequenceNumber: number): void {
    if (this.#target === this.#current) return;
    if (this.#target < this.#current || frame.isKeyFrame) this.#change(this.#target, extendedSequenceNumber);
    else if (!frame.isFrameStart || !frame.isTemporalSwitch) return;
    else if (frame.temporalLayer === this.#current + 1) this.#change(frame.temporalLayer, extendedSequenceNumber);
    else if (frame.temporalLayer === 0 && this.#isBaseSwitch) this.#change(this.#target, extendedSequenceNumber);
  }

  /** Whether a packet belongs to what was forwarded at its time. */
  includes(temporalLayer: number, extendedSequenceNumber: number): boolean {
    return temporalLayer <= (extendedSequenceNumber < this.#changedAt ? this.#previous : this.#current);
  }

  #change(temporalLayer: number, extendedSequenceNumber: number): void {
    this.#previous = this.#current;
    this.#current = temporalLayer;
    this.#changedAt = extendedSequenceNumber;
  }
}
