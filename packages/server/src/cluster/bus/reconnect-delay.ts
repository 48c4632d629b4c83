/** A connection that lived this long was good: whatever ended it is new. */
const HEALTHY_MS = 5_000;
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5_000;

/** How long to wait before the broker is tried again: it doubles, and up to half is left to chance, so that nodes do not all come at once. */
export class ReconnectDelay {
  #failures = 0;

  /** Since the last good connection. */
  get failures(): number {
    return this.#failures;
  }

  /** `livedMs`: how long the connection had stood, 0 when it never did. `random`: 0 to 1. Returns ms. */
  afterFailure(livedMs: number, random: number): number {
    if (livedMs >= HEALTHY_MS) this.#failures = 0;
    // 2^6 times the first is above the longest; counting on would overflow in the end.
    this.#failures = Math.min(this.#failures + 1, 16);
    return Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (this.#failures - 1)) * (0.5 + random / 2);
  }
}
