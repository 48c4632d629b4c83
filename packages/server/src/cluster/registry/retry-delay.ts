const FIRST_DELAY_MS = 100;
/** Short beside a lease: a store that is back is found before the next one would end. */
const MAX_DELAY_MS = 3_000;

/** How long to wait after a failure: it doubles, and up to half is left to chance, so that a cluster's nodes do not come back all at once. */
export class RetryDelay {
  #failures = 0;

  reset(): void {
    this.#failures = 0;
  }

  /** In ms; `random`: 0 to 1. */
  next(random: number): number {
    const delayMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#failures);
    if (delayMs < MAX_DELAY_MS) this.#failures += 1;
    return delayMs * (0.5 + random / 2);
  }
}
