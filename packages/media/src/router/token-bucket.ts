import type { Instant } from "../time/instant.js";

/** A limit on a rate: `perSecond` tokens come in, `burst` of them can be saved up. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #filledAt: Instant | undefined;

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
  }

  /** Takes `count` tokens, or none when there are not so many. */
  take(count: number, now: Instant): boolean {
    if (this.#filledAt !== undefined) {
      const earned = ((now - this.#filledAt) / 1_000_000) * this.#perSecond;
      this.#tokens = Math.min(this.#burst, this.#tokens + earned);
    }
    this.#filledAt = now;
    if (this.#tokens < count) return false;
    this.#tokens -= count;
    return true;
  }
}
