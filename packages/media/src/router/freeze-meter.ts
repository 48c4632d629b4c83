import type { Instant } from "../time/instant.js";

/** A picture stands still when the next frame is late by the rule of W3C webrtc-stats (`freezeCount`): three intervals… */
const MAX_INTERVALS = 3;
/** …and at least one interval and this, ms. */
const MIN_DELAY_MS = 150;
/** Frames before anything is called late (libwebrtc: 5). */
const MIN_FRAMES = 5;
/** The newest interval weighs one in so many in the mean (about the 30 frames of libwebrtc). */
const INTERVAL_WEIGHT = 16;
/** The mean is kept in units of 1/16 ms: whole numbers are written in place, where fractions would be objects of their own. */
const UNITS_PER_MS = 16;
/** A longer interval counts as this, ms: one long freeze must not hide the next short one. */
const MAX_INTERVAL_MS = 1000;

/**
 * How often and how long a video stood still, seen from the frames that pass: a frame later than
 * max(3 × interval, interval + 150 ms). Costs a few additions per frame, nothing per packet.
 */
export class FreezeMeter {
  #frames = 0;
  /** ms of the monotonic clock in 32 bits. */
  #lastFrameMs = 0;
  #meanUnits = 0;
  /** Freezes that are over, and their whole time, ms. */
  freezes = 0;
  frozenMs = 0;

  /** The first packet of a frame passed. */
  handleFrame(now: Instant): void {
    const nowMs = (now / 1000) | 0;
    if (this.#frames++ > 0) {
      const intervalMs = (nowMs - this.#lastFrameMs) | 0;
      if (this.#isLate(intervalMs)) {
        this.freezes++;
        this.frozenMs += intervalMs;
      }
      const weight = this.#frames <= MIN_FRAMES ? this.#frames - 1 : INTERVAL_WEIGHT;
      const units = Math.min(intervalMs, MAX_INTERVAL_MS) * UNITS_PER_MS;
      this.#meanUnits = (this.#meanUnits + (units - this.#meanUnits) / weight) | 0;
    }
    this.#lastFrameMs = nowMs;
  }

  /** Frames stop on purpose, or have stopped: the time until the next is no freeze. A freeze that lasts is over and counted. */
  interrupt(now: Instant): void {
    this.frozenMs = this.frozenMsAt(now);
    this.freezes = this.freezesAt(now);
    this.#frames = 0;
    this.#meanUnits = 0;
  }

  /** Freezes so far, with the one that lasts. */
  freezesAt(now: Instant): number {
    return this.freezes + (this.#isLate(this.#sinceMs(now)) ? 1 : 0);
  }

  /** Their whole time, ms. */
  frozenMsAt(now: Instant): number {
    const sinceMs = this.#sinceMs(now);
    return this.frozenMs + (this.#isLate(sinceMs) ? sinceMs : 0);
  }

  #isLate(intervalMs: number): boolean {
    if (this.#frames < MIN_FRAMES) return false;
    const meanMs = this.#meanUnits / UNITS_PER_MS;
    return intervalMs > Math.max(MAX_INTERVALS * meanMs, meanMs + MIN_DELAY_MS);
  }

  #sinceMs(now: Instant): number {
    return (((now / 1000) | 0) - this.#lastFrameMs) | 0;
  }
}
