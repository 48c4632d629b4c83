import { elapsedMs, type Instant } from "../time/instant.js";

export const LINK_CAPACITY = {
  /** Share of a new sample in the mean. */
  weight: 0.05,
  /** Bounds of the variance, relative to the mean, in kbit/s; the lower is about 14 kbit/s of deviation at 500 kbit/s. */
  minVariance: 0.4,
  maxVariance: 2.5,
  initialVariance: 0.4,
  /** Standard deviations from the mean to the bounds. */
  deviations: 3,
  /** Ours: a sample below the bounds is believed when another one, no older than this in ms, said so too, */
  confirmWithinMs: 1000,
  /** or when it is less than this share of the mean. A throughput that is smoothed lags behind a burst; by so much it never does. */
  certainShare: 0.5,
} as const;

/**
 * Remembers around which rate the path was found full (libwebrtc LinkCapacityEstimator): near it growth is careful, and how far
 * to go down at overuse follows from it as much as from what was measured at that moment.
 */
export class LinkCapacity {
  #meanKbps: number | undefined;
  #variance: number = LINK_CAPACITY.initialVariance;
  /** When the sample came that the next one below the bounds may confirm. */
  #lowAt: Instant | undefined;
  #lowBps = 0;

  /** Undefined when nothing is known. */
  get bitrateBps(): number | undefined {
    return this.#meanKbps === undefined ? undefined : this.#meanKbps * 1000;
  }

  /** Above it the path must have become wider. */
  get upperBoundBps(): number {
    return this.#meanKbps === undefined ? Number.POSITIVE_INFINITY : (this.#meanKbps + this.#reach(this.#meanKbps)) * 1000;
  }

  /** Below it the path must have become narrower. */
  get lowerBoundBps(): number {
    return this.#meanKbps === undefined ? 0 : Math.max(0, this.#meanKbps - this.#reach(this.#meanKbps)) * 1000;
  }

  reset(): void {
    this.#meanKbps = undefined;
  }

  /** Whether this rate is no lower than the path may have been full at: "close" in draft-ietf-rmcat-gcc-02 §5.5. */
  isNear(bitrateBps: number): boolean {
    return this.#meanKbps !== undefined && bitrateBps >= this.lowerBoundBps;
  }

  /**
   * The path seems full and carries this much, as far as it was measured. Returns what to believe that it carries: a sample within
   * the bounds differs from the mean by noise, and one below them may have been taken of less than the path's rate, when a key
   * frame's burst is all that waits there.
   */
  handleSample(bitrateBps: number, now: Instant): number {
    if (bitrateBps >= this.lowerBoundBps) this.#lowAt = undefined;
    else if (this.#isNarrower(bitrateBps, now)) this.reset();
    else return this.bitrateBps ?? bitrateBps;
    const isWithin = bitrateBps <= this.upperBoundBps;
    this.#add(bitrateBps / 1000);
    return isWithin ? (this.bitrateBps ?? bitrateBps) : bitrateBps;
  }

  /** Whether a sample below the bounds is to be believed. */
  #isNarrower(bitrateBps: number, now: Instant): boolean {
    const isConfirmed = this.#lowAt !== undefined && elapsedMs(this.#lowAt, now) <= LINK_CAPACITY.confirmWithinMs;
    // The same measurement once more confirms nothing.
    if (isConfirmed && bitrateBps === this.#lowBps) return false;
    this.#lowAt = now;
    this.#lowBps = bitrateBps;
    return isConfirmed || bitrateBps < LINK_CAPACITY.certainShare * (this.bitrateBps ?? 0);
  }

  #add(sampleKbps: number): void {
    const { weight } = LINK_CAPACITY;
    const mean = this.#meanKbps === undefined ? sampleKbps : (1 - weight) * this.#meanKbps + weight * sampleKbps;
    this.#meanKbps = mean;
    const error = mean - sampleKbps;
    const variance = (1 - weight) * this.#variance + (weight * error * error) / Math.max(mean, 1);
    this.#variance = Math.min(Math.max(variance, LINK_CAPACITY.minVariance), LINK_CAPACITY.maxVariance);
  }

  #reach(meanKbps: number): number {
    return LINK_CAPACITY.deviations * Math.sqrt(this.#variance * meanKbps);
  }
}
