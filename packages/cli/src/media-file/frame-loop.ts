import type { MediaFile, MediaFrame } from "./media-file.js";

/**
 * Which frame of an endless repetition of a file is due. Pure: its position in time is an argument, in RTP units from the
 * start of the sending.
 *
 * Time never goes back or stands still, neither where the file starts over nor where {@link skipToKeyFrame} jumps: the next
 * frame is due when it would have been due anyway.
 */
export class FrameLoop {
  readonly #frames: readonly MediaFrame[];
  readonly #duration: number;
  /** Indexes of key frames, ascending; empty where every frame is one. */
  readonly #keyFrames: readonly number[];
  #next = 0;
  /** Position at which this turn's frame with timestamp 0 was due, or would have been. */
  #origin: number;
  #timestamp = 0;

  constructor({ frames, duration }: Pick<MediaFile, "frames" | "duration">) {
    const [first] = frames;
    if (first === undefined || !(duration > 0)) throw new RangeError("a loop needs a frame and a duration");
    this.#frames = frames;
    this.#duration = duration;
    this.#origin = -first.timestamp;
    const isPlain = frames.every((frame) => frame.isKeyFrame);
    this.#keyFrames = isPlain ? [] : frames.flatMap((frame, index) => (frame.isKeyFrame ? [index] : []));
  }

  /** Of the frame polled last: RTP units from the start of the sending, not wrapped to 32 bits. */
  get timestamp(): number {
    return this.#timestamp;
  }

  /** The next frame whose time has come at `position`; undefined when there is none. Call it until it says so. */
  pollFrame(position: number): MediaFrame | undefined {
    const frame = this.#frames[this.#next] as MediaFrame;
    const due = this.#origin + frame.timestamp;
    if (due > position) return undefined;
    this.#timestamp = due;
    this.#next++;
    if (this.#next === this.#frames.length) {
      this.#next = 0;
      this.#origin += this.#duration;
    }
    return frame;
  }

  /** Goes on at the key frame that is nearest to where we are, before or after: nobody can make one in the middle of a file. */
  skipToKeyFrame(): void {
    const at = this.#next;
    const [first] = this.#keyFrames;
    if (first === undefined) return;
    const before = this.#keyFrames.findLast((index) => index <= at);
    const after = this.#keyFrames.find((index) => index >= at);
    const here = this.#timestampOf(at);
    // Behind the last key frame comes the first one of the next turn.
    const ahead = after === undefined ? this.#duration + this.#timestampOf(first) - here : this.#timestampOf(after) - here;
    const back = before === undefined ? Number.POSITIVE_INFINITY : here - this.#timestampOf(before);
    this.#next = back <= ahead ? (before ?? first) : (after ?? first);
    this.#origin += here - this.#timestampOf(this.#next);
  }

  #timestampOf(index: number): number {
    return (this.#frames[index] as MediaFrame).timestamp;
  }
}
