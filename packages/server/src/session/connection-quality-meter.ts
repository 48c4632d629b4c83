import type { ConnectionQuality } from "@sluice/protocol";
import { type MediaSample, qualityScore } from "./quality-score.js";

/** Score from which on a connection is that good; below the last it is poor (LiveKit: 80, 40). */
export const QUALITY_THRESHOLDS = { excellent: 80, good: 40 } as const;
/** How far beyond a threshold the score must rise before it counts: around a threshold nothing flaps. */
export const QUALITY_HYSTERESIS = 5;
/** Time constants with which the score follows what is measured, s: bad news quickly, good news slowly. */
export const QUALITY_FOLLOWS = { fallSeconds: 2.3, riseSeconds: 8 } as const;

/**
 * How good one participant's media connection is: the worst of its directions and kinds of media, smoothed. Who sends and
 * receives nothing has nothing to complain of. `lost` is not the meter's to say: it comes from the Transport's state.
 */
export class ConnectionQualityMeter {
  #score = 100;
  #quality: Exclude<ConnectionQuality, "lost"> = "excellent";

  /** Smoothed, 0–100. */
  get score(): number {
    return this.#score;
  }

  get quality(): ConnectionQuality {
    return this.#quality;
  }

  /** What was measured in the last `seconds`. */
  measure(samples: readonly MediaSample[], seconds: number): ConnectionQuality {
    const worst = Math.min(100, ...samples.map(qualityScore));
    const { fallSeconds, riseSeconds } = QUALITY_FOLLOWS;
    const weight = 1 - Math.exp(-seconds / (worst < this.#score ? fallSeconds : riseSeconds));
    this.#score += (worst - this.#score) * weight;
    this.#quality = this.#classify();
    return this.#quality;
  }

  #classify(): Exclude<ConnectionQuality, "lost"> {
    const { excellent, good } = QUALITY_THRESHOLDS;
    const isAbove = (threshold: number, isNow: boolean) => this.#score > (isNow ? threshold : threshold + QUALITY_HYSTERESIS);
    if (isAbove(excellent, this.#quality === "excellent")) return "excellent";
    return isAbove(good, this.#quality !== "poor") ? "good" : "poor";
  }
}
