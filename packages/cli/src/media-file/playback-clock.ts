import type { Instant } from "@sluice/media";

/** A pause between two readings that is longer than this was not ours (a debugger, a laptop that slept), µs. */
const MAX_GAP_US = 1_000_000;

/**
 * The time since sending began, common to all tracks of a participant, so that sound and picture stay together. Stands still
 * while the process does: what was not sent meanwhile is late, not owed, and must not leave in one burst.
 */
export class PlaybackClock {
  #startedAt: Instant | undefined;
  #readAt: Instant | undefined;

  /** µs since the first reading. */
  positionUs(now: Instant): number {
    const gapUs = this.#readAt === undefined ? 0 : now - this.#readAt;
    this.#readAt = now;
    this.#startedAt = ((this.#startedAt ?? now) + (gapUs > MAX_GAP_US ? gapUs : 0)) as Instant;
    return now - this.#startedAt;
  }
}
