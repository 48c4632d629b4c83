import { after, type Instant } from "../time/instant.js";

export const PACER = {
  /** Rate of video as a multiple of the estimate (libwebrtc, mediasoup): what waits at the bottleneck hurts more than here. */
  factor: 2.5,
  /** What may leave at once, as ms at the paced rate: a frame of an uncongested stream passes untouched. */
  burstMs: 40,
  /** The burst is never less than at this rate, in bit/s: 20 kB, a key frame of a small picture. */
  minBurstBps: 4_000_000,
} as const;

/**
 * Decides when a video packet may leave, so that a key frame does not flood a thin link (a token bucket).
 *
 * Audio and retransmissions are never held up, but what they use is missing for video. Without an estimate nothing is held up.
 */
export class Pacer {
  #bytesPerSecond = Number.POSITIVE_INFINITY;
  #burstBytes = Number.POSITIVE_INFINITY;
  /** May be negative: what could not wait has been sent in advance. */
  #tokens = Number.POSITIVE_INFINITY;
  #filledAt: Instant | undefined;
  #estimateBps: number | undefined;

  /** Undefined: unknown, so no limit. */
  setEstimate(estimateBps: number | undefined): void {
    if (estimateBps === this.#estimateBps) return;
    this.#estimateBps = estimateBps;
    if (estimateBps === undefined) {
      this.#bytesPerSecond = Number.POSITIVE_INFINITY;
      this.#burstBytes = Number.POSITIVE_INFINITY;
      this.#tokens = Number.POSITIVE_INFINITY;
      return;
    }
    this.#bytesPerSecond = (estimateBps * PACER.factor) / 8;
    this.#burstBytes = (Math.max(estimateBps * PACER.factor, PACER.minBurstBps) / 8) * (PACER.burstMs / 1000);
    this.#tokens = Math.min(this.#tokens, this.#burstBytes);
  }

  /** Whether video may leave now. The last packet of a burst may overdraw, so that its size does not matter. */
  canSend(now: Instant): boolean {
    if (this.#bytesPerSecond === Number.POSITIVE_INFINITY) return true;
    this.#fill(now);
    return this.#tokens > 0;
  }

  /** A packet has left, of whatever kind. */
  handleSent(sizeBytes: number): void {
    this.#tokens = Math.max(this.#tokens - sizeBytes, -this.#burstBytes);
  }

  /** When {@link canSend} will say yes; `now` when it does. */
  nextAt(now: Instant): Instant {
    if (this.canSend(now)) return now;
    return after(now, Math.ceil(((1 - this.#tokens) / this.#bytesPerSecond) * 1000));
  }

  #fill(now: Instant): void {
    const seconds = this.#filledAt === undefined ? 0 : (now - this.#filledAt) / 1e6;
    this.#filledAt = now;
    this.#tokens = Math.min(this.#burstBytes, this.#tokens + seconds * this.#bytesPerSecond);
  }
}
