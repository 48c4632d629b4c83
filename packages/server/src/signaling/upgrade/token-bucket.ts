import { elapsedMs, type Instant } from "@sluice/media";

/** Lets `ratePerSecond` through in the long run and `burst` at once. */
export class TokenBucket {
  readonly #ratePerSecond: number;
  readonly #burst: number;
  #tokens: number;
  #updated: Instant;

  constructor(ratePerSecond: number, burst: number, now: Instant) {
    this.#ratePerSecond = ratePerSecond;
    this.#burst = burst;
    this.#tokens = burst;
    this.#updated = now;
  }

  /** False: over the limit. What costs more than a whole burst takes the whole burst. */
  take(now: Instant, cost = 1): boolean {
    const refill = (elapsedMs(this.#updated, now) / 1000) * this.#ratePerSecond;
    this.#tokens = Math.min(this.#burst, this.#tokens + refill);
    this.#updated = now;
    const charged = Math.min(cost, this.#burst);
    if (this.#tokens < charged) return false;
    this.#tokens -= charged;
    return true;
  }
}
