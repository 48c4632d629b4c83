import { type Instant, instant } from "@sluice/media";

/** The one monotonic clock of a process: what I/O stamps packets with, and what its owner must give to timers. */
export function monotonicNow(): Instant {
  return instant(performance.now() * 1000);
}
