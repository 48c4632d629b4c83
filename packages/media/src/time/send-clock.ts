import type { Instant } from "./instant.js";

/**
 * When what is sent now leaves: one for all Transports of a core, so that a batch sets it once and every packet reads it from the
 * same place.
 */
export class SendClock {
  /**
   * Undefined before the first packet, and that is what keeps the packet path from allocating: a field that may be undefined
   * holds a number by reference, and one number of a batch is then handed on to everybody; one that holds nothing but numbers
   * would make a new one for each call.
   */
  #now: Instant | undefined;

  get now(): Instant {
    return this.#now ?? (0 as Instant);
  }

  /** What is sent from now on leaves at `now`. It never goes back. */
  advance(now: Instant): void {
    if (this.#now === undefined || now > this.#now) this.#now = now;
  }
}
