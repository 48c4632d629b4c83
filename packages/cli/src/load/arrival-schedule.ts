/**
 * When something is due, at a constant rate, whether or not what was due before has been answered: an open loop. Who measures from these moments,
 * and not from when it got round to sending, does not leave out the time in which a stalled server would have been asked (coordinated omission).
 */
export class ArrivalSchedule {
  readonly #startMs: number;
  readonly #intervalMs: number;
  readonly #count: number;
  #taken = 0;

  /**
   * @param startMs when the first one is due
   * @param ratePerSecond may be 0: nothing is ever due
   * @param count how many there are; infinity: no end
   */
  constructor(startMs: number, ratePerSecond: number, count = Number.POSITIVE_INFINITY) {
    this.#startMs = startMs;
    this.#intervalMs = 1_000 / ratePerSecond;
    this.#count = count;
  }

  /** When the next one is due, ms; undefined: there is none any more. */
  get nextMs(): number | undefined {
    if (this.#taken >= this.#count || !Number.isFinite(this.#intervalMs)) return undefined;
    return this.#startMs + this.#taken * this.#intervalMs;
  }

  /** The moment, ms, of one that is due by `nowMs`, and on to the next; undefined: none is. */
  takeDue(nowMs: number): number | undefined {
    const next = this.nextMs;
    if (next === undefined || next > nowMs) return undefined;
    this.#taken += 1;
    return next;
  }
}
