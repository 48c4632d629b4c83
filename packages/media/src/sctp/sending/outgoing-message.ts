import type { Instant } from "../../time/instant.js";

/** What becomes of a message. Milliseconds and counts as RFC 3758 and RFC 8832 have them. */
export interface SendOptions {
  readonly isOrdered: boolean;
  /** Given up after so many retransmissions; undefined: never. */
  readonly maxRetransmits?: number | undefined;
  /** Given up so many ms after `send`; undefined: never. */
  readonly maxLifetimeMs?: number | undefined;
}

/** A message on its way, whole in memory until the peer has all of it. */
export class OutgoingMessage {
  readonly streamId: number;
  readonly ppid: number;
  /** Shared with the caller, who must not change it. */
  readonly payload: Uint8Array;
  readonly isUnordered: boolean;
  /** Infinity: until it arrives. */
  readonly maxRetransmits: number;
  readonly expiresAt: Instant | undefined;
  /** Extended stream sequence number; known when its first fragment leaves. */
  ssn = 0;
  /** Extended TSNs of the fragments that have left; none while `lastTsn` is below `firstTsn`. */
  firstTsn = 0;
  lastTsn = -1;
  /** Bytes that have left at least once. */
  sentBytes = 0;
  isAbandoned = false;

  constructor(
    streamId: number,
    ppid: number,
    payload: Uint8Array,
    isUnordered: boolean,
    maxRetransmits: number,
    expiresAt: Instant | undefined,
  ) {
    this.streamId = streamId;
    this.ppid = ppid;
    this.payload = payload;
    this.isUnordered = isUnordered;
    this.maxRetransmits = maxRetransmits;
    this.expiresAt = expiresAt;
  }

  /** It may be given up. */
  get isLossy(): boolean {
    return this.maxRetransmits !== Number.POSITIVE_INFINITY || this.expiresAt !== undefined;
  }

  get remainingBytes(): number {
    return this.payload.length - this.sentBytes;
  }

  isExpired(now: Instant): boolean {
    return this.expiresAt !== undefined && this.expiresAt <= now;
  }
}
