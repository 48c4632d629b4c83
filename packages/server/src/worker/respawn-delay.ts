/** A worker that lived this long started well: whatever killed it has nothing to do with its start. */
const HEALTHY_MS = 5_000;
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 10_000;

/** How long to wait before a dead worker is replaced: not at all, unless it keeps dying at its start. */
export class RespawnDelay {
  #failures = 0;

  /** Deaths at the start in a row. */
  get failures(): number {
    return this.#failures;
  }

  /** `livedMs`: since the process was started. */
  afterDeath(livedMs: number, wasReady: boolean): number {
    if (wasReady && livedMs >= HEALTHY_MS) this.#failures = 0;
    else this.#failures += 1;
    const isFirst = this.#failures === 0 || (wasReady && this.#failures === 1);
    return isFirst ? 0 : Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (this.#failures - 1));
  }
}
