import { after, type Instant } from "../time/instant.js";

export const NACK = {
  /** Reordering on real paths is over within a few ms; asking earlier would mostly ask for packets already on their way. */
  reorderGraceMs: 10,
  /** Time to the next request while the round trip time is unknown (libwebrtc kDefaultRttMs). */
  defaultRttMs: 100,
  /** Requests for one packet before it is given up (libwebrtc kMaxNackRetries). */
  maxTries: 10,
  /** Packets missing at a time; beyond that a keyframe is the cheaper repair (libwebrtc kMaxNackPackets). */
  maxMissing: 1000,
} as const;

const NOTHING: readonly number[] = [];

/**
 * Decides which lost RTP packets to ask for again (Generic NACK, RFC 4585 §6.2.1).
 *
 * Takes extended sequence numbers, so it knows nothing of the 16-bit wrap. Does no I/O and has no timer: its owner sends what
 * {@link pollNack} returns and calls it again at {@link pollTimeout}. The missing packets are three parallel arrays in
 * ascending order, so {@link handlePacket} allocates nothing, however lossy the path.
 */
export class NackGenerator {
  readonly #missing = new Float64Array(NACK.maxMissing);
  readonly #dueAt = new Float64Array(NACK.maxMissing);
  readonly #tries = new Uint8Array(NACK.maxMissing);
  #missingCount = 0;
  #highest = -1;
  /** No later than the earliest due time; may be early after a removal, which costs one empty poll. */
  #nextDue = Number.POSITIVE_INFINITY;

  /** Packets that are waited for. */
  get missingCount(): number {
    return this.#missingCount;
  }

  /**
   * Notes that a packet came. "keyframe-needed": more are missing than {@link NACK}.maxMissing; all of them are given up and
   * the owner asks for a keyframe instead.
   */
  handlePacket(sequenceNumber: number, now: Instant): "ok" | "keyframe-needed" {
    if (this.#highest < 0) {
      this.#highest = sequenceNumber;
      return "ok";
    }
    if (sequenceNumber <= this.#highest) {
      if (this.#missingCount > 0) this.#remove(sequenceNumber);
      return "ok";
    }
    const firstMissing = this.#highest + 1;
    this.#highest = sequenceNumber;
    const gap = sequenceNumber - firstMissing;
    if (gap === 0) return "ok";
    if (this.#missingCount + gap > NACK.maxMissing) {
      this.#missingCount = 0;
      this.#nextDue = Number.POSITIVE_INFINITY;
      return "keyframe-needed";
    }
    const due = after(now, NACK.reorderGraceMs);
    for (let missing = firstMissing; missing < sequenceNumber; missing++) {
      this.#missing[this.#missingCount] = missing;
      this.#dueAt[this.#missingCount] = due;
      this.#tries[this.#missingCount] = 0;
      this.#missingCount++;
    }
    if (due < this.#nextDue) this.#nextDue = due;
    return "ok";
  }

  /**
   * Sequence numbers to ask for now, lowest first; each is due again one `rttMs` later, and given up when that is over after
   * its last try.
   */
  pollNack(now: Instant, rttMs: number = NACK.defaultRttMs): readonly number[] {
    if (now < this.#nextDue) return NOTHING;
    const asked: number[] = [];
    const dueAgain = after(now, rttMs);
    let kept = 0;
    let nextDue = Number.POSITIVE_INFINITY;
    for (let index = 0; index < this.#missingCount; index++) {
      const sequenceNumber = this.#missing[index] ?? 0;
      let due = this.#dueAt[index] ?? 0;
      let tries = this.#tries[index] ?? 0;
      if (due <= now) {
        if (tries === NACK.maxTries) continue;
        asked.push(sequenceNumber);
        due = dueAgain;
        tries++;
      }
      this.#missing[kept] = sequenceNumber;
      this.#dueAt[kept] = due;
      this.#tries[kept] = tries;
      kept++;
      if (due < nextDue) nextDue = due;
    }
    this.#missingCount = kept;
    this.#nextDue = nextDue;
    return asked;
  }

  /** When to call {@link pollNack} next; undefined when nothing is missing. */
  pollTimeout(): Instant | undefined {
    return this.#missingCount === 0 ? undefined : (this.#nextDue as Instant);
  }

  /** Takes a packet that came after all out of the list, by binary search. */
  #remove(sequenceNumber: number): void {
    let low = 0;
    let high = this.#missingCount;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#missing[middle] ?? 0) < sequenceNumber) low = middle + 1;
      else high = middle;
    }
    if (low === this.#missingCount || this.#missing[low] !== sequenceNumber) return;
    this.#missing.copyWithin(low, low + 1, this.#missingCount);
    this.#dueAt.copyWithin(low, low + 1, this.#missingCount);
    this.#tries.copyWithin(low, low + 1, this.#missingCount);
    this.#missingCount--;
  }
}
