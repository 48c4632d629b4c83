import type { Instant } from "../time/instant.js";
import { RETRANSMISSION } from "./retransmission-limits.js";
import { TokenBucket } from "./token-bucket.js";

/** Bytes that have left for one receiver, everything included. */
export interface SentBytes {
  readonly bytesSent: number;
}

/**
 * How much may be sent again to one receiver, over all its Consumers: never more than {@link RETRANSMISSION}.maxBytesPerSecond,
 * and never more than it was sent for the first time. So a flood of NACKs at most doubles what a receiver is sent, and half of
 * its packets lost are still repaired.
 */
export class RetransmissionBudget {
  readonly #sent: SentBytes;
  readonly #perSecond = new TokenBucket(RETRANSMISSION.maxBytesPerSecond, RETRANSMISSION.maxBurstBytes);
  #credit: number = RETRANSMISSION.freeBytes;
  /** What {@link SentBytes} said last. */
  #seen = 0;

  constructor(sent: SentBytes) {
    this.#sent = sent;
  }

  /** Whether a packet of `sizeBytes` may be sent again; if so it is, and {@link handleResent} called then. */
  take(sizeBytes: number, now: Instant): boolean {
    const { bytesSent } = this.#sent;
    this.#credit = Math.min(RETRANSMISSION.maxBurstBytes, this.#credit + bytesSent - this.#seen);
    this.#seen = bytesSent;
    return this.#credit >= sizeBytes && this.#perSecond.take(sizeBytes, now);
  }

  /** What was sent since {@link take} was sent again, with all that the wire adds to it. */
  handleResent(): void {
    const { bytesSent } = this.#sent;
    this.#credit -= bytesSent - this.#seen;
    this.#seen = bytesSent;
  }
}
