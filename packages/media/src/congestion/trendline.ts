/** Constants of the delay gradient (libwebrtc TrendlineEstimator; also mediasoup, str0m, JVB). */
export const TRENDLINE = {
  /** Groups that the line is laid through. */
  windowGroups: 20,
  /** Share of the old value in the smoothed delay, 0–1. */
  smoothing: 0.9,
  /** Factor from slope to the units of the threshold. */
  gain: 4,
  /** The slope is multiplied by the number of groups seen, up to this many. */
  maxGroups: 60,
  /** Threshold at the beginning and its bounds, in ms. */
  initialThresholdMs: 12.5,
  minThresholdMs: 6,
  maxThresholdMs: 600,
  /** How fast the threshold goes up to and down to the present slope, per ms (Carlucci et al. 2016, "k_u", "k_d"). */
  raise: 0.0087,
  lower: 0.039,
  /** A slope beyond the threshold by more than this is no reason to adapt it, in ms: it is a real queue. */
  maxAdaptOffsetMs: 15,
  /** Time step of the adaptation at most, in ms. */
  maxAdaptStepMs: 100,
  /** The slope must stay above the threshold this long, in ms. */
  overuseMs: 10,
} as const;

/** What the delay does: grows (the link is used beyond its rate), shrinks (a queue drains), or neither. */
export type BandwidthUsage = "normal" | "overusing" | "underusing";

/**
 * Tells from the one-way delay's slope whether a queue is building up on the path (draft-ietf-rmcat-gcc-02 §5.4, §5.5, with
 * the line fit that replaced the Kalman filter). The threshold adapts, so that jitter is not taken for a queue and that
 * loss-based flows beside us do not starve us.
 */
export class Trendline {
  /** Of the last groups, a ring that fills from the front. */
  readonly #arrivedMs: number[] = [];
  readonly #delayMs: number[] = [];
  #groups = 0;
  #firstArrivedAt = 0;
  #accumulatedMs = 0;
  #smoothedMs = 0;
  #thresholdMs: number = TRENDLINE.initialThresholdMs;
  #adaptedAt: number | undefined;
  #previousSlope = 0;
  #overusingMs = -1;
  #overusingGroups = 0;
  #usage: BandwidthUsage = "normal";

  get usage(): BandwidthUsage {
    return this.#usage;
  }

  /** The next group's distance to the one before, at both ends; `arrivedAt` on the receiver's clock; all in µs. */
  handleGroup(sendDeltaUs: number, arrivalDeltaUs: number, arrivedAt: number): void {
    if (this.#groups === 0) this.#firstArrivedAt = arrivedAt;
    this.#accumulatedMs += (arrivalDeltaUs - sendDeltaUs) / 1000;
    this.#smoothedMs = TRENDLINE.smoothing * this.#smoothedMs + (1 - TRENDLINE.smoothing) * this.#accumulatedMs;
    const slot = this.#groups % TRENDLINE.windowGroups;
    this.#arrivedMs[slot] = (arrivedAt - this.#firstArrivedAt) / 1000;
    this.#delayMs[slot] = this.#smoothedMs;
    this.#groups++;
    const slope = this.#groups < TRENDLINE.windowGroups ? 0 : (this.#fit() ?? this.#previousSlope);
    this.#detect(slope, sendDeltaUs / 1000, arrivedAt);
  }

  /** Slope of the least-squares line through the window; undefined when all groups came at once. */
  #fit(): number | undefined {
    const { windowGroups } = TRENDLINE;
    // Relative to one of them, so that the sums stay small and one pass is exact enough.
    const originX = this.#arrivedMs[0] as number;
    const originY = this.#delayMs[0] as number;
    let sumX = 0;
    let sumY = 0;
    let sumXX = 0;
    let sumXY = 0;
    for (let index = 1; index < windowGroups; index++) {
      const x = (this.#arrivedMs[index] as number) - originX;
      const y = (this.#delayMs[index] as number) - originY;
      sumX += x;
      sumY += y;
      sumXX += x * x;
      sumXY += x * y;
    }
    const denominator = windowGroups * sumXX - sumX * sumX;
    return denominator <= 0 ? undefined : (windowGroups * sumXY - sumX * sumY) / denominator;
  }

  #detect(slope: number, sendDeltaMs: number, arrivedAt: number): void {
    const modifiedMs = Math.min(this.#groups, TRENDLINE.maxGroups) * slope * TRENDLINE.gain;
    if (modifiedMs > this.#thresholdMs) {
      // The first group beyond the threshold crossed it somewhere on its way: half of the time counts.
      this.#overusingMs = this.#overusingMs < 0 ? sendDeltaMs / 2 : this.#overusingMs + sendDeltaMs;
      this.#overusingGroups++;
      const isLasting = this.#overusingMs > TRENDLINE.overuseMs && this.#overusingGroups > 1;
      if (isLasting && slope >= this.#previousSlope) {
        this.#overusingMs = 0;
        this.#overusingGroups = 0;
        this.#usage = "overusing";
      }
    } else {
      this.#overusingMs = -1;
      this.#overusingGroups = 0;
      this.#usage = modifiedMs < -this.#thresholdMs ? "underusing" : "normal";
    }
    this.#previousSlope = slope;
    this.#adapt(Math.abs(modifiedMs), arrivedAt);
  }

  #adapt(modifiedMs: number, arrivedAt: number): void {
    const sinceMs = (arrivedAt - (this.#adaptedAt ?? arrivedAt)) / 1000;
    this.#adaptedAt = arrivedAt;
    if (modifiedMs > this.#thresholdMs + TRENDLINE.maxAdaptOffsetMs) return;
    const rate = modifiedMs < this.#thresholdMs ? TRENDLINE.lower : TRENDLINE.raise;
    const stepMs = Math.min(Math.max(0, sinceMs), TRENDLINE.maxAdaptStepMs);
    const threshold = this.#thresholdMs + rate * (modifiedMs - this.#thresholdMs) * stepMs;
    this.#thresholdMs = Math.min(Math.max(threshold, TRENDLINE.minThresholdMs), TRENDLINE.maxThresholdMs);
  }
}
