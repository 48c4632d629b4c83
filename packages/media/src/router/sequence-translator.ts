/**
 * Stretches of constant offset that are remembered, a power of two. Leaving out every other frame of 60 a second makes 30 a
 * second, so this is two seconds, as long as the publisher's packets are kept at least.
 */
export const TRANSLATOR_RUNS = { video: 64, audio: 2 } as const;

/** A jump by more is no loss that anybody repairs: the receiver need not know of it, and its rollover counter must not (RFC 3711 §3.3.1). */
export const MAX_SEQUENCE_GAP = 1024;

/**
 * Maps a Producer's extended numbers to the ones a Consumer sends, without gaps where packets were left out on purpose
 * (layers, a pause, another stream). Numbers are sequence numbers, or VP8's picture ids, unwrapped.
 *
 * What has not come when its successor does may be lost or late, and may belong to what is left out or not: a number is
 * reserved for it. Sent numbers start below 2^15 whatever the Producer's are, so that the receiver's rollover counter starts
 * at 0 as ours does and an early loss cannot hide a wrap (RFC 3711 §3.3.1).
 */
export class SequenceTranslator {
  /** First received number of each run, and what to add to a number there; a ring. */
  readonly #starts: Float64Array;
  readonly #offsets: Float64Array;
  readonly #mask: number;
  #newest = 0;
  /** Of the newest run, which nearly all packets are of: they need not look into the rings. */
  #offset = 0;
  /** Runs of the present segment. */
  #runs = 0;
  #highestReceived = -1;
  #highestSent = -1;
  #lowestSent = 0;

  /** `runs`: of {@link TRANSLATOR_RUNS}. */
  constructor(runs: number = TRANSLATOR_RUNS.video) {
    this.#starts = new Float64Array(runs);
    this.#offsets = new Float64Array(runs);
    this.#mask = runs - 1;
    if ((runs & this.#mask) !== 0) throw new Error(`${runs} runs are not a power of two`);
  }

  /** Highest number sent so far; -1 before the first. */
  get highestSent(): number {
    return this.#highestSent;
  }

  /** How many numbers there are from the first that was given to {@link highestSent}. */
  get span(): number {
    return this.#highestSent === -1 ? 0 : this.#highestSent - this.#lowestSent + 1;
  }

  /** The number has a successor already. */
  isLate(received: number): boolean {
    return received <= this.#highestReceived;
  }

  /** How many numbers lie between this one, which is not late, and the highest so far. */
  gapBefore(received: number): number {
    return received - this.#highestReceived - 1;
  }

  /** Begin of a segment: makes `received` the successor of everything sent so far, but for `hole` numbers that nobody gets. */
  begin(received: number, hole = 0): void {
    if (this.#highestSent === -1) this.#lowestSent = received & 0x7fff;
    const start = this.#highestSent === -1 ? this.#lowestSent : this.#highestSent + 1 + hole;
    this.#runs = 0;
    this.#addRun(received, start - received);
    this.#highestReceived = received - 1;
  }

  /** The number to send `received` with; -1 when it was left out, or belongs before the present segment. */
  translate(received: number): number {
    if (this.#runs === 0) return -1;
    let sent: number;
    if (received > this.#highestReceived) {
      if (received - this.#highestReceived > MAX_SEQUENCE_GAP) this.#addRun(received, this.#highestSent + 1 - received);
      this.#highestReceived = received;
      sent = received + this.#offset;
    } else {
      sent = this.#translateLate(received);
    }
    if (sent > this.#highestSent) this.#highestSent = sent;
    return sent;
  }

  /**
   * Leaves `received` out; with `isGapToo` what lies between it and the highest so far as well. Returns -1, or the number that
   * was reserved for it when its successor came: the receiver waits for that one.
   */
  leaveOut(received: number, isGapToo = false): number {
    if (this.#runs === 0) return -1;
    if (received <= this.#highestReceived) {
      const reserved = this.#translateLate(received);
      if (reserved > this.#highestSent) this.#highestSent = reserved;
      return reserved;
    }
    const newest = this.#newest;
    const offset = this.#offset;
    const isAll = isGapToo || received - this.#highestReceived > MAX_SEQUENCE_GAP;
    const left = isAll ? received - this.#highestReceived : 1;
    if (this.#starts[newest] === received - left + 1) {
      // Nothing was sent of this run yet.
      this.#starts[newest] = received + 1;
      this.#setOffset(offset - left);
    } else {
      this.#addRun(received + 1, offset - left);
    }
    this.#highestReceived = received;
    return -1;
  }

  #translateLate(received: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (let back = 0; back < this.#runs; back++) {
      const index = (this.#newest - back) & this.#mask;
      const start = this.#starts[index] as number;
      const offset = this.#offsets[index] as number;
      // Between the end of this run and the next one's first number lies what was left out.
      if (received >= start) return received + offset < next ? received + offset : -1;
      next = Math.min(next, start + offset);
    }
    return -1;
  }

  #addRun(start: number, offset: number): void {
    this.#newest = (this.#newest + 1) & this.#mask;
    this.#starts[this.#newest] = start;
    this.#setOffset(offset);
    if (this.#runs <= this.#mask) this.#runs++;
  }

  #setOffset(offset: number): void {
    this.#offset = offset;
    this.#offsets[this.#newest] = offset;
  }

  /** The extended number nearest to {@link highestSent} that has these low 16 bits; -1 before the first packet. */
  extend(sequenceNumber: number): number {
    if (this.#highestSent === -1) return -1;
    let difference = (sequenceNumber - this.#highestSent) & 0xffff;
    if (difference > 0x7fff) difference -= 0x10000;
    return this.#highestSent + difference;
  }
}
