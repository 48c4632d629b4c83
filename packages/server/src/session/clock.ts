import { type Instant, instant } from "@sluice/media";

/** Time for the control process. The system's below; tests turn the hands of a VirtualClock. */
export interface Clock {
  now(): Instant;
  /** Unix time in ms. */
  unixMs(): number;
  /** Runs `run` once after `delayMs`; the function returned calls it off. */
  schedule(delayMs: number, run: () => void): () => void;
}

export const SYSTEM_CLOCK: Clock = {
  now: () => instant(performance.now() * 1000),
  unixMs: () => Date.now(),
  schedule(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
