import { MediaPacket } from "../router/media-packet.js";
import type { Router } from "../router/router.js";
import type { Instant } from "../time/instant.js";

/** Datagrams per batch at most; also how many packets may wait to be forwarded. */
export const MAX_BATCH = 64;

/** Packets sent per batch at most, roughly: 1,000 sends take about 2-3 ms, and timers must not wait longer. */
export const MAX_SENDS_PER_BATCH = 1000;

/**
 * The packets of one batch that were kept, and the Routers that have something to forward when it is over.
 *
 * Its {@link limit} bounds the next batch by packets × receivers.
 */
export class PacketBatch {
  readonly #packets: MediaPacket[] = Array.from({ length: MAX_BATCH }, () => new MediaPacket());
  #count = 0;
  /** Sends per kept packet: follows a rise at once, so that one batch at most is too long, and a fall slowly. */
  #fanOut = 1;
  readonly #routers: Router[] = [];
  #routerCount = 0;

  /** How many datagrams the next batch may have, 1–{@link MAX_BATCH}. */
  get limit(): number {
    return Math.max(1, Math.min(MAX_BATCH, Math.floor(MAX_SENDS_PER_BATCH / Math.max(1, this.#fanOut))));
  }

  get isFull(): boolean {
    return this.#count === MAX_BATCH;
  }

  /** Where the next packet is read into; not while the batch {@link isFull}. */
  get next(): MediaPacket {
    return this.#packets[this.#count] as MediaPacket;
  }

  /** {@link next} has been kept by a Producer of `router`. */
  keep(router: Router): void {
    this.#count++;
    this.queue(router);
  }

  /** A Producer of `router` has something to forward; also while the batch is being forwarded. */
  queue(router: Router): void {
    if (router.isQueued || !router.isDirty) return;
    router.isQueued = true;
    this.#routers[this.#routerCount++] = router;
  }

  /** Forwards it all, begins a new batch, and returns how many packets times receivers that were. */
  forward(now: Instant): number {
    if (this.#count === 0) return 0;
    let forwarded = 0;
    for (let index = 0; index < this.#routerCount; index++) {
      const router = this.#routers[index] as Router;
      router.isQueued = false;
      forwarded += router.forward(now);
    }
    const fanOut = forwarded / this.#count;
    this.#fanOut = fanOut > this.#fanOut ? fanOut : this.#fanOut + (fanOut - this.#fanOut) / 8;
    this.#routerCount = 0;
    this.#count = 0;
    return forwarded;
  }
}
