import { after, elapsedMs, type Instant } from "../time/instant.js";
import { KEY_FRAME_CACHE } from "./key-frame-cache.js";
import { TokenBucket } from "./token-bucket.js";

/** Spreads what is replayed to one receiver over time, for all its Consumers together, and says when it would be too much. */
export class ReplayPacer {
  readonly #bucket = new TokenBucket(KEY_FRAME_CACHE.bytesPerSecond, KEY_FRAME_CACHE.burstBytes);
  /** When all that was promised has left. */
  #busyUntil: Instant | undefined;

  /** Bytes that one more replay may have. `estimateBps`: of the path; undefined while unknown. */
  roomBytes(estimateBps: number | undefined, now: Instant): number {
    const { maxBytes, maxBacklogMs, maxPathMs, bytesPerSecond } = KEY_FRAME_CACHE;
    const waitMs = this.#busyUntil === undefined ? 0 : Math.max(0, elapsedMs(now, this.#busyUntil));
    const paced = ((maxBacklogMs - waitMs) / 1000) * bytesPerSecond;
    const carried = estimateBps === undefined ? maxBytes : (estimateBps / 8) * (maxPathMs / 1000);
    return Math.min(maxBytes, paced, carried);
  }

  /** A replay of so many bytes begins. */
  begin(sizeBytes: number, now: Instant): void {
    const start = this.#busyUntil === undefined || this.#busyUntil < now ? now : this.#busyUntil;
    this.#busyUntil = after(start, (sizeBytes / KEY_FRAME_CACHE.bytesPerSecond) * 1000);
  }

  /** Whether a packet of so many bytes may leave now; else at the next tick. */
  take(sizeBytes: number, now: Instant): boolean {
    return this.#bucket.take(sizeBytes, now);
  }
}
