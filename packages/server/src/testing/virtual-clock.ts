import { after, type Instant, instant } from "@sluice/media";
import type { Clock } from "../session/clock.js";

/** A clock that stands still until its test moves it. */
export class VirtualClock implements Clock {
  #now = instant(1_000_000);
  readonly #startUnixMs: number;
  readonly #timers = new Set<{ readonly due: Instant; readonly run: () => void }>();

  /** Tokens of the real world are good only at a time of the real world. */
  constructor(startUnixMs = 1_700_000_000_000) {
    this.#startUnixMs = startUnixMs;
  }

  now(): Instant {
    return this.#now;
  }

  unixMs(): number {
    return this.#startUnixMs + this.#now / 1000;
  }

  schedule(delayMs: number, run: () => void): () => void {
    const timer = { due: after(this.#now, delayMs), run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Runs everything that falls due in the next `ms`, in order, each at its own time. */
  advance(ms: number): void {
    const end = after(this.#now, ms);
    for (;;) {
      let next: { readonly due: Instant; readonly run: () => void } | undefined;
      for (const timer of this.#timers) if (timer.due <= end && (next === undefined || timer.due < next.due)) next = timer;
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = next.due;
      next.run();
    }
    this.#now = end;
  }
}
