import { RETRANSMISSION_LIFETIME_MS } from "./retransmission-buffer.js";

/** Sent packets that are remembered at most, powers of two: a second of 1,000 packets/s of video, two of 50 packets/s of audio. */
export const SENT_PACKETS_REMEMBERED = { video: 1024, audio: 128 } as const;

/**
 * Room for so many at first, 8 KiB. There is more when one would have to go that is younger than the publisher's packets are held: as
 * long as those are here, it may have to be sent again.
 */
const INITIAL_PACKETS = 256;
const KEEP_MS = RETRANSMISSION_LIFETIME_MS.video;

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
  readonly #maxPackets: number;
  #mask: number;
  #words: Int32Array;

  /** `maxPackets`: a power of two. */
  constructor(maxPackets: number) {
    if ((maxPackets & (maxPackets - 1)) !== 0) throw new Error(`${maxPackets} packets are not a power of two`);
    this.#maxPackets = maxPackets;
    this.#mask = Math.min(INITIAL_PACKETS, maxPackets) - 1;
    this.#words = emptyEntries(this.#mask + 1);
  }

  /** What was sent under a number that is so much lower than another's is forgotten when the other is remembered. */
  get capacity(): number {
    return this.#mask + 1;
  }

  /**
   * `received` (below 2^48) has gone out as `sent`. `rewrite`: what the codec's payload descriptor was rewritten with, opaque here.
   * Its stamp is told by {@link setStamp} when it has left.
   */
  remember(sent: number, received: number, rewrite: number, nowMs: number): void {
    let words = this.#words;
    let at = (sent & this.#mask) * ENTRY_WORDS;
    if (this.#mask + 1 < this.#maxPackets && this.#isYoung(at, nowMs)) {
      this.#grow();
      words = this.#words;
      at = (sent & this.#mask) * ENTRY_WORDS;
    }
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

  #isYoung(at: number, nowMs: number): boolean {
    const words = this.#words;
    if (words[at + WORD.resendings] === NOTHING) return false;
    return (((nowMs | 0) - (words[at + WORD.firstSentMs] as number)) | 0) < KEEP_MS;
  }

  /** Twice the room. An entry's place follows from the low bits of its number, of which one more counts now. */
  #grow(): void {
    const words = this.#words;
    const mask = this.#mask * 2 + 1;
    const grown = emptyEntries(mask + 1);
    for (let from = 0; from < words.length; from += ENTRY_WORDS) {
      if (words[from + WORD.resendings] === NOTHING) continue;
      grown.set(words.subarray(from, from + ENTRY_WORDS), ((words[from + WORD.sent] as number) & mask) * ENTRY_WORDS);
    }
    this.#words = grown;
    this.#mask = mask;
  }

  #word(sent: number, word: number): number {
    return this.#words[(sent & this.#mask) * ENTRY_WORDS + word] as number;
  }
}

function emptyEntries(count: number): Int32Array {
  return new Int32Array(count * ENTRY_WORDS).fill(NOTHING);
}
