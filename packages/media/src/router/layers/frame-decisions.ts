import type { DependencyInfo } from "../../codec/dependency-descriptor/dependency-info.js";

/** Frames that are remembered (LiveKit: 256); references go back further in theory only. */
const FRAMES_REMEMBERED = 256;

const KEPT = 1;
const LEFT_OUT = 2;

/** What became of the last frames of a stream, by their frame numbers (16 bits). */
export class FrameDecisions {
  readonly #numbers = new Int32Array(FRAMES_REMEMBERED).fill(-1);
  readonly #decisions = new Uint8Array(FRAMES_REMEMBERED);

  clear(): void {
    this.#numbers.fill(-1);
  }

  set(frameNumber: number, isKept: boolean): void {
    const index = frameNumber & (FRAMES_REMEMBERED - 1);
    this.#numbers[index] = frameNumber & 0xffff;
    this.#decisions[index] = isKept ? KEPT : LEFT_OUT;
  }

  /** "unknown": it has not come, or that is long ago. */
  of(frameNumber: number): "kept" | "leftOut" | "unknown" {
    const index = frameNumber & (FRAMES_REMEMBERED - 1);
    if (this.#numbers[index] !== (frameNumber & 0xffff)) return "unknown";
    return this.#decisions[index] === KEPT ? "kept" : "leftOut";
  }

  isKept(frameNumber: number): boolean {
    return this.of(frameNumber) === "kept";
  }

  /** Whether the frame refers to nothing that was left out on purpose. What is lost may still come. */
  canReach({ frameNumber, frameDifferences, frameDifferenceCount }: DependencyInfo): boolean {
    for (let index = 0; index < frameDifferenceCount; index++) {
      if (this.of(frameNumber - (frameDifferences[index] as number)) === "leftOut") return false;
    }
    return true;
  }
}
