import type { FeedbackResults } from "./feedback-results.js";

/** Constants of the measured throughput (libwebrtc BitrateEstimator). */
export const ACKNOWLEDGED_BITRATE = {
  /** First window, in ms; longer, because there is nothing to compare it with. */
  initialWindowMs: 500,
  windowMs: 150,
  /** How little a sample that differs from the estimate is believed. */
  uncertaintyScale: 10,
  /** Growth of the estimate's variance per sample, in (kbit/s)². */
  varianceStep: 5,
  initialVariance: 50,
  /** Added when the sender begins to send more, so that the estimate follows at once, in (kbit/s)². */
  fastChangeVariance: 200,
} as const;

/**
 * The rate at which packets come out at the receiver's end, by its own clock: what the path has carried for sure.
 *
 * One sample per window, joined to the estimate by how much each can be believed (a one-dimensional Kalman filter).
 */
export class AcknowledgedBitrate {
  #windowBytes = 0;
  #windowMs = 0;
  /** On the receiver's clock, µs; NaN before the first. */
  #previousArrival = Number.NaN;
  #estimateKbps: number | undefined;
  #variance: number = ACKNOWLEDGED_BITRATE.initialVariance;

  /** Undefined during the first window. */
  get bitrateBps(): number | undefined {
    return this.#estimateKbps === undefined ? undefined : this.#estimateKbps * 1000;
  }

  handleResults(results: FeedbackResults): void {
    if (results.isClockReset) this.#forgetWindow();
    for (let index = 0; index < results.count; index++) {
      const arrivedAt = results.arrivedAt[index] as number;
      if (!Number.isNaN(arrivedAt)) this.#handleArrival(arrivedAt, results.sizeBytes[index] as number);
    }
  }

  /** The sender no longer lacks something to send: the rate may change faster than noise would. */
  expectFastChange(): void {
    this.#variance += ACKNOWLEDGED_BITRATE.fastChangeVariance;
  }

  #handleArrival(arrivedAt: number, sizeBytes: number): void {
    // Of one burst: the clock that matters here has not moved.
    if (arrivedAt === this.#previousArrival) {
      this.#windowBytes += sizeBytes;
      return;
    }
    const windowMs = this.#estimateKbps === undefined ? ACKNOWLEDGED_BITRATE.initialWindowMs : ACKNOWLEDGED_BITRATE.windowMs;
    const previous = this.#previousArrival;
    // Also when there is none yet.
    const isLater = !(arrivedAt <= previous);
    const sinceMs = arrivedAt > previous ? (arrivedAt - previous) / 1000 : 0;
    if (isLater) this.#previousArrival = arrivedAt;
    this.#windowMs += sinceMs;
    if (sinceMs > windowMs) {
      // A pause longer than the window: what was before it is no sample of a rate.
      this.#windowBytes = 0;
      this.#windowMs %= windowMs;
    } else if (this.#windowMs >= windowMs) {
      this.#handleSample((8 * this.#windowBytes) / windowMs);
      this.#windowMs -= windowMs;
      this.#windowBytes = 0;
    }
    this.#windowBytes += sizeBytes;
  }

  #handleSample(sampleKbps: number): void {
    const estimate = this.#estimateKbps;
    if (estimate === undefined) {
      this.#estimateKbps = sampleKbps;
      return;
    }
    const uncertainty = (ACKNOWLEDGED_BITRATE.uncertaintyScale * Math.abs(estimate - sampleKbps)) / Math.max(estimate, 1);
    const sampleVariance = uncertainty * uncertainty;
    const predictedVariance = this.#variance + ACKNOWLEDGED_BITRATE.varianceStep;
    this.#estimateKbps = (sampleVariance * estimate + predictedVariance * sampleKbps) / (sampleVariance + predictedVariance);
    this.#variance = (sampleVariance * predictedVariance) / (sampleVariance + predictedVariance);
  }

  #forgetWindow(): void {
    this.#windowBytes = 0;
    this.#windowMs = 0;
    this.#previousArrival = Number.NaN;
  }
}
