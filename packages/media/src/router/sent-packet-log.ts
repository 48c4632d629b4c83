/** Sent packets that are remembered, powers of two: a second of 1,000 packets/s of video, two of 50 packets/s of audio. */
export const SENT_PACKETS_REMEMBERED = { video: 1024, audio: 128 } as const;

const NOTHING = -1;

/** In place of a packet's stamp: it has none yet. */
export const NO_STAMP = -1;

/** 32-bit words of one packet's entry; two entries share a cache line. */
const ENTRY_WORDS = 8;

/** Where the words of an entry are. */
const WORD = {
  /** Low 32 bits of the number it was sent under; {@link NOTHING} when empty. */
  sent: 0,
  /** The number it came with: 48 bits, in two words. */
  receivedLow: 1,
  receivedHigh: 2,
  rewrite: 3,
  stamp: 4,
  firstSentMs: 5,
  lastSentMs: 6,
  /** How often it was sent again. */
  resendings: 7,
} as const;

/**
 * What a Consumer needs to rebuild the packets it sent lately: everything else is in the publisher's packet, which the
 * RetransmissionBuffer holds for all Consumers alike.
 *
 * A ring by the extended sequence number that was sent. All that is known of a packet lies side by side, because every packet
 * writes all of it and each Consumer's log is cold by then: seven arrays would be seven cache misses. Times are ms of the
 * monotonic clock, kept in 32 bits: only their differences mean something.
 */
export class SentPacketLog {
  readonly capacity: number;
  readonly #mask: number;
  readonly #words: Int32Array;

  /** `capacity`: packets, a power of two. */
  constructor(capacity: number) {
    this.capacity = capacity;
    this.#mask = capacity - 1;
    if ((capacity & this.#mask) !== 0) throw new Error(`capacity ${capacity} is not a power of two`);
    this.#words = new Int32Array(capacity * ENTRY_WORDS).fill(NOTHING);
  }

  /**
   * `received` (below 2^48) has gone out as `sent`. `rewrite`: what the codec's payload descriptor was rewritten with, opaque here.
   * Its stamp is told by {@link setStamp} when it has left.
   */
  remember(sent: number, received: number, rewrite: number, nowMs: number): void {
    const words = this.#words;
    const at = (sent & this.#mask) * ENTRY_WORDS;
    words[at + WORD.sent] = sent;
    words[at + WORD.receivedLow] = received;
    words[at + WORD.receivedHigh] = received / 2 ** 32;
    words[at + WORD.rewrite] = rewrite;
    words[at + WORD.stamp] = NO_STAMP;
    words[at + WORD.firstSentMs] = nowMs;
    words[at + WORD.lastSentMs] = nowMs;
    words[at + WORD.resendings] = 0;
  }

  has(sent: number): boolean {
    return this.#words[(sent & this.#mask) * ENTRY_WORDS + WORD.sent] === (sent | 0);
  }

  // The rest is about a packet that the log has.

  receivedFor(sent: number): number {
    const at = (sent & this.#mask) * ENTRY_WORDS;
    const low = this.#words[at + WORD.receivedLow] as number;
    return (this.#words[at + WORD.receivedHigh] as number) * 2 ** 32 + (low >>> 0);
  }

  rewriteOf(sent: number): number {
    return this.#word(sent, WORD.rewrite);
  }

  /** What the Outlet wrote into its header for congestion control; {@link NO_STAMP} before it left. */
  stampOf(sent: number): number {
    return this.#word(sent, WORD.stamp);
  }

  setStamp(sent: number, stamp: number): void {
    this.#words[(sent & this.#mask) * ENTRY_WORDS + WORD.stamp] = stamp;
  }

  /** Since it was sent for the first time, ms. */
  ageMs(sent: number, nowMs: number): number {
    return ((nowMs | 0) - this.#word(sent, WORD.firstSentMs)) | 0;
  }

  /** Since it was last sent, ms. */
  restedMs(sent: number, nowMs: number): number {
    return ((nowMs | 0) - this.#word(sent, WORD.lastSentMs)) | 0;
  }

  /** How often it was sent again. */
  resendingsOf(sent: number): number {
    return this.#word(sent, WORD.resendings);
  }

  /** It has waited, and leaves for the first time now: its age counts from here. */
  handleDelayed(sent: number, nowMs: number): void {
    const at = (sent & this.#mask) * ENTRY_WORDS;
    this.#words[at + WORD.firstSentMs] = nowMs;
    this.#words[at + WORD.lastSentMs] = nowMs;
  }

  /** It is sent again now. */
  handleResent(sent: number, nowMs: number): void {
    const at = (sent & this.#mask) * ENTRY_WORDS;
    this.#words[at + WORD.lastSentMs] = nowMs;
    this.#words[at + WORD.resendings] = (this.#words[at + WORD.resendings] as number) + 1;
  }

  #word(sent: number, word: number): number {
    return this.#words[(sent & this.#mask) * ENTRY_WORDS + word] as number;
  }
}
