/** How long to wait between attempts, and when to give up. */
export interface BackoffOptions {
  /** The first delay, before jitter. Default 200 ms. */
  readonly minMs?: number;
  /** No delay is longer. Default 5,000 ms. */
  readonly maxMs?: number;
  /** From the first failure to giving up. Default 60,000 ms. */
  readonly totalMs?: number;
}

/**
 * Exponential back-off with jitter: each delay is drawn from the upper half of a window that doubles, so that the clients of a
 * node that restarted do not all come back in the same millisecond.
 */
export class Backoff {
  readonly #minMs: number;
  readonly #maxMs: number;
  readonly #totalMs: number;
  readonly #startedMs: number;
  #attempts = 0;

  constructor(nowMs: number, { minMs = 200, maxMs = 5_000, totalMs = 60_000 }: BackoffOptions = {}) {
    this.#minMs = minMs;
    this.#maxMs = maxMs;
    this.#totalMs = totalMs;
    this.#startedMs = nowMs;
  }

  /** The delay before the next attempt, or `undefined` when it is time to give up. `random`: 0 ≤ x < 1. */
  nextDelayMs(nowMs: number, random: number): number | undefined {
    const leftMs = this.#startedMs + this.#totalMs - nowMs;
    if (leftMs <= 0) return undefined;
    const windowMs = Math.min(this.#maxMs, this.#minMs * 2 ** this.#attempts);
    this.#attempts += 1;
    return Math.min(leftMs, windowMs * (0.5 + random / 2));
  }
}
