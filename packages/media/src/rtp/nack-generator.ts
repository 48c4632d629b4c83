import { after, elapsedMs, type Instant } from "../time/instant.js";
import { NACK_LIMITS, NACK_TIMING, type NackLimits, nackIntervalMs } from "./nack-limits.js";

const NOTHING: readonly number[] = [];

/**
 * Decides which lost RTP packets to ask for again (Generic NACK, RFC 4585 §6.2.1).
 *
 * Takes extended sequence numbers, so it knows nothing of the 16-bit wrap. Does no I/O and has no timer: its owner sends what
 * {@link pollNack} returns and calls it again at {@link pollTimeout}. The missing packets are parallel arrays in ascending
 * order, so {@link handlePacket} allocates nothing, however lossy the path.
 */
export class NackGenerator {
  readonly #limits: NackLimits;
  readonly #missing: Float64Array;
  readonly #lostAt: Float64Array;
  readonly #dueAt: Float64Array;
  readonly #tries: Uint8Array;
  #missingCount = 0;
  #highest = -1;
  /** Newest packet in which a key frame begins: what was lost before it no decoder needs. */
  #keyFrame = -1;
  /** As the last poll had it; undefined when it had none. */
  #rttMs: number | undefined;
  #graceMs: number = NACK_TIMING.minGraceMs;
  /** No later than the earliest due time; may be early after a removal, which costs one empty poll. */
  #nextDue = Number.POSITIVE_INFINITY;
  #isHopeless = false;
  /** Something was given up: what is missing before the next key frame is of no use any more. */
  #awaitsKeyFrame = false;
  /** Packets given up: not asked for any more, and not there. */
  givenUp = 0;

  constructor(limits: NackLimits = NACK_LIMITS.video) {
    this.#limits = limits;
    this.#missing = new Float64Array(limits.maxMissing);
    this.#lostAt = new Float64Array(limits.maxMissing);
    this.#dueAt = new Float64Array(limits.maxMissing);
    this.#tries = new Uint8Array(limits.maxMissing);
  }

  /** Packets that are waited for. */
  get missingCount(): number {
    return this.#missingCount;
  }

  /** Whether this packet is waited for. */
  isMissing(sequenceNumber: number): boolean {
    return this.#missing[this.#countBefore(sequenceNumber)] === sequenceNumber && sequenceNumber <= this.#highest;
  }

  /** From noticing a gap to asking for it, ms: {@link NACK_TIMING}.minGraceMs to maxGraceMs. */
  get graceMs(): number {
    return this.#graceMs;
  }

  /**
   * Notes that a packet came, `isKeyFrame` when a key frame begins in it: if something was given up before, it makes all that
   * is missing needless. When more are missing than the limit allows, those before the last key frame are forgotten, and if
   * that is not enough all of them (see {@link takeHopeless}).
   */
  handlePacket(sequenceNumber: number, now: Instant, isKeyFrame = false): void {
    if (isKeyFrame && sequenceNumber > this.#keyFrame) {
      this.#keyFrame = sequenceNumber;
      if (this.#awaitsKeyFrame) this.#handleAwaited();
    }
    if (this.#highest < 0) {
      this.#highest = sequenceNumber;
      return;
    }
    if (sequenceNumber <= this.#highest) {
      if (this.#missingCount > 0) this.#remove(sequenceNumber, now);
      return;
    }
    const firstMissing = this.#highest + 1;
    this.#highest = sequenceNumber;
    const gap = sequenceNumber - firstMissing;
    if (gap === 0) return;
    if (this.#missingCount + gap > this.#limits.maxMissing) {
      // The key frame may be this very packet; then nothing before it is worth a request.
      if (this.#keyFrame === sequenceNumber) {
        this.#forget(this.#missingCount);
        this.givenUp += gap;
        return;
      }
      this.#forget(this.#countBefore(this.#keyFrame));
    }
    if (this.#missingCount + gap > this.#limits.maxMissing) {
      this.#forget(this.#missingCount);
      this.givenUp += gap;
      this.#handleHopeless();
      return;
    }
    const due = after(now, this.#graceMs);
    for (let missing = firstMissing; missing < sequenceNumber; missing++) {
      this.#missing[this.#missingCount] = missing;
      this.#lostAt[this.#missingCount] = now;
      this.#dueAt[this.#missingCount] = due;
      this.#tries[this.#missingCount] = 0;
      this.#missingCount++;
    }
    if (due < this.#nextDue) this.#nextDue = due;
  }

  /**
   * Sequence numbers to ask for now, lowest first; each is due again {@link nackIntervalMs} later, and given up when that is
   * over after its last try, or when it is too old.
   */
  pollNack(now: Instant, rttMs: number | undefined): readonly number[] {
    if (now < this.#nextDue) return NOTHING;
    this.#rttMs = rttMs;
    const intervalBaseMs = rttMs ?? NACK_TIMING.defaultRttMs;
    const { maxTries, maxAgeMs } = this.#limits;
    const asked: number[] = [];
    let kept = 0;
    let nextDue = Number.POSITIVE_INFINITY;
    for (let index = 0; index < this.#missingCount; index++) {
      const sequenceNumber = this.#missing[index] as number;
      const lostAt = this.#lostAt[index] as Instant;
      let due = this.#dueAt[index] as Instant;
      let tries = this.#tries[index] as number;
      if (due <= now) {
        if (tries === maxTries || elapsedMs(lostAt, now) > maxAgeMs) {
          this.givenUp++;
          if (sequenceNumber > this.#keyFrame) this.#handleHopeless();
          continue;
        }
        asked.push(sequenceNumber);
        tries++;
        due = after(now, nackIntervalMs(intervalBaseMs, tries));
      }
      this.#missing[kept] = sequenceNumber;
      this.#lostAt[kept] = lostAt;
      this.#dueAt[kept] = due;
      this.#tries[kept] = tries;
      kept++;
      if (due < nextDue) nextDue = due;
    }
    this.#missingCount = kept;
    this.#nextDue = nextDue;
    return asked;
  }

  /** True once after a packet was given up that no key frame has made needless: only a new key frame helps then. */
  takeHopeless(): boolean {
    const isHopeless = this.#isHopeless;
    this.#isHopeless = false;
    return isHopeless;
  }

  /** When to call {@link pollNack} next; undefined when nothing is missing. */
  pollTimeout(): Instant | undefined {
    return this.#missingCount === 0 ? undefined : (this.#nextDue as Instant);
  }

  /** Nobody needs the stream at present: what is missing of it is not asked for, now or later. */
  abandon(): void {
    this.#forget(this.#missingCount);
    this.#isHopeless = false;
    this.#awaitsKeyFrame = false;
  }

  #handleHopeless(): void {
    this.#isHopeless = true;
    this.#awaitsKeyFrame = true;
  }

  #handleAwaited(): void {
    this.#forget(this.#countBefore(this.#keyFrame));
    this.#awaitsKeyFrame = false;
    this.#isHopeless = false;
  }

  /** Takes a packet that came after all out of the list. */
  #remove(sequenceNumber: number, now: Instant): void {
    const index = this.#countBefore(sequenceNumber);
    if (index === this.#missingCount || this.#missing[index] !== sequenceNumber) return;
    this.#adaptGrace(this.#isReordered(index, now), elapsedMs(this.#lostAt[index] as Instant, now));
    this.#missing.copyWithin(index, index + 1, this.#missingCount);
    this.#lostAt.copyWithin(index, index + 1, this.#missingCount);
    this.#dueAt.copyWithin(index, index + 1, this.#missingCount);
    this.#tries.copyWithin(index, index + 1, this.#missingCount);
    this.#missingCount--;
  }

  /** Whether a missing packet that comes now was on its way all the time: not asked for, or sooner than an answer can be here. */
  #isReordered(index: number, now: Instant): boolean {
    const tries = this.#tries[index] as number;
    if (tries !== 1 || this.#rttMs === undefined) return tries === 0;
    const answeredMs = nackIntervalMs(this.#rttMs, 1) - elapsedMs(now, this.#dueAt[index] as Instant);
    return answeredMs < this.#rttMs / 2;
  }

  /** A packet came `lateMs` after it was missed; if it was merely reordered, the next request shall not be sooner than that. */
  #adaptGrace(isReordered: boolean, lateMs: number): void {
    const { minGraceMs, maxGraceMs, graceMargin, graceDecay } = NACK_TIMING;
    const enoughMs = isReordered ? Math.min(maxGraceMs, lateMs * (1 + graceMargin)) : 0;
    if (enoughMs > this.#graceMs) this.#graceMs = enoughMs;
    else this.#graceMs += (Math.max(minGraceMs, enoughMs) - this.#graceMs) * graceDecay;
  }

  /** How many of the missing are older, by binary search. */
  #countBefore(sequenceNumber: number): number {
    let low = 0;
    let high = this.#missingCount;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#missing[middle] as number) < sequenceNumber) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Gives up the `count` oldest. */
  #forget(count: number): void {
    if (count === 0) return;
    this.#missing.copyWithin(0, count, this.#missingCount);
    this.#lostAt.copyWithin(0, count, this.#missingCount);
    this.#dueAt.copyWithin(0, count, this.#missingCount);
    this.#tries.copyWithin(0, count, this.#missingCount);
    this.#missingCount -= count;
    this.givenUp += count;
    if (this.#missingCount === 0) this.#nextDue = Number.POSITIVE_INFINITY;
  }
}
