import { elapsedMs, type Instant } from "@sluice/media";

/**
 * Half of how long a smallest difference counts. Clocks drift (100 ppm: 1.5 ms in this time), and that of a virtual machine that was
 * paused jumps: until its old minimum is forgotten, its messages look too old.
 */
const WINDOW_MS = 15_000;

/**
 * Tells how old a message is without asking what time it is anywhere: wall clocks of nodes differ, and step.
 *
 * A message carries its sender's monotonic time, and we have ours of its arrival. The difference between the two is an unknown offset
 * plus the time on the way, so the smallest difference of the last 15 to 30 s is the offset plus the shortest way, and what is
 * above that is age. So an age is too small by the shortest time on the way, and of the first message of a session always 0: it was not
 * expired when its sender let it go, and brokers of publish and subscribe keep nothing.
 */
export class SenderClock {
  readonly #origin: Instant;
  #windowStart: Instant;
  /** Smallest difference in the last full window and in this one, ms. */
  #previous = Number.POSITIVE_INFINITY;
  #current = Number.POSITIVE_INFINITY;

  constructor(now: Instant) {
    this.#origin = now;
    this.#windowStart = now;
  }

  /** Age of a message that arrived at `now`, ms. */
  handleArrival(sentAtMs: number, now: Instant): number {
    const windowMs = elapsedMs(this.#windowStart, now);
    if (windowMs >= WINDOW_MS) {
      this.#previous = windowMs >= 2 * WINDOW_MS ? Number.POSITIVE_INFINITY : this.#current;
      this.#current = Number.POSITIVE_INFINITY;
      this.#windowStart = now;
    }
    const difference = elapsedMs(this.#origin, now) - sentAtMs;
    this.#current = Math.min(this.#current, difference);
    return difference - Math.min(this.#previous, this.#current);
  }
}
