import type { Instant } from "../time/instant.js";

/** Constants of libwebrtc's AlrDetector. */
export const APPLICATION_LIMIT = {
  /** A sender that uses less than this share of the estimate is application-limited. */
  usedShare: 0.65,
  /** What it has not used is saved up for at most this long, in ms. */
  windowMs: 500,
  /** So much saved, as a share of the most, and it is limited; so little, and it no longer is. */
  startShare: 0.8,
  stopShare: 0.5,
} as const;

/** Tells whether the sender sends clearly less than it may: then throughput is no measure of the path. */
export class ApplicationLimit {
  #estimateBps: number;
  /** Unused bits; negative: more was used than the share. */
  #savedBits = 0;
  #updatedAt: Instant | undefined;
  #isLimited = false;
  #limitedAt: Instant | undefined;

  constructor(startBps: number) {
    this.#estimateBps = startBps;
  }

  get isLimited(): boolean {
    return this.#isLimited;
  }

  /** When it last was; undefined: never. */
  get limitedAt(): Instant | undefined {
    return this.#limitedAt;
  }

  setEstimate(estimateBps: number): void {
    this.#estimateBps = estimateBps;
  }

  /** Of everything that left since it was last called; counted at the next {@link handleTimeout}. */
  handleSent(sizeBytes: number): void {
    this.#savedBits -= sizeBytes * 8;
  }

  handleTimeout(now: Instant): void {
    const bitsPerSecond = this.#estimateBps * APPLICATION_LIMIT.usedShare;
    const seconds = this.#updatedAt === undefined ? 0 : (now - this.#updatedAt) / 1e6;
    this.#updatedAt = now;
    const mostBits = (bitsPerSecond * APPLICATION_LIMIT.windowMs) / 1000;
    this.#savedBits = Math.max(-mostBits, Math.min(mostBits, this.#savedBits + bitsPerSecond * seconds));
    if (this.#savedBits > mostBits * APPLICATION_LIMIT.startShare) this.#isLimited = true;
    else if (this.#savedBits < mostBits * APPLICATION_LIMIT.stopShare) this.#isLimited = false;
    if (this.#isLimited) this.#limitedAt = now;
  }
}
