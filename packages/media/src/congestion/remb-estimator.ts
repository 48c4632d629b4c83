import { elapsedMs, type Instant } from "../time/instant.js";
import { LossBasedEstimator } from "./loss-based-estimator.js";

export const REMB = {
  /** A bound from REMB that has not been renewed for so long is forgotten, in ms; receivers repeat it every second. */
  timeoutMs: 10_000,
} as const;

/**
 * For receivers without transport-wide feedback: they estimate by themselves and say so (draft-alvestrand-rmcat-remb-03), and
 * what their reports say about loss lowers that further.
 */
export class RembEstimator {
  readonly #minBps: number;
  readonly #maxBps: number;
  readonly #loss: LossBasedEstimator;
  #rembBps: number | undefined;
  #handledAt = 0 as Instant;
  /** REMBs below the least or above the most that is believed; 0 and 2^63 are what attackers send. */
  clamped = 0;

  constructor(minBps: number, maxBps: number) {
    this.#minBps = minBps;
    this.#maxBps = maxBps;
    this.#loss = new LossBasedEstimator(maxBps);
  }

  /** Of the latest receiver reports, 0–1. */
  get lossRatio(): number {
    return this.#loss.lossRatio;
  }

  isCongested(now: Instant): boolean {
    return this.#loss.isCongested(now);
  }

  handleRemb(bitrateBps: number, now: Instant): void {
    if (!(bitrateBps >= this.#minBps && bitrateBps <= this.#maxBps)) this.clamped++;
    const isFirst = this.#rembBps === undefined;
    this.#rembBps = Math.min(Math.max(bitrateBps || 0, this.#minBps), this.#maxBps);
    this.#handledAt = now;
    if (isFirst || this.#loss.bitrateBps > this.#rembBps) this.#loss.setBitrate(this.#rembBps);
  }

  handleReceiverReport(lossRatio: number, rttMs: number, now: Instant): void {
    this.#loss.handleReport(lossRatio, rttMs, now);
    const most = this.#rembBps ?? this.#maxBps;
    if (this.#loss.bitrateBps > most) this.#loss.setBitrate(most);
  }

  /** What the receiver allows; undefined: it has not said anything lately. */
  bitrateBps(now: Instant): number | undefined {
    if (this.#rembBps === undefined || elapsedMs(this.#handledAt, now) > REMB.timeoutMs) return undefined;
    return Math.max(this.#minBps, Math.min(this.#rembBps, this.#loss.bitrateBps));
  }

  /** Its last REMB alone, without loss. */
  receiverBoundBps(now: Instant): number | undefined {
    return this.#rembBps === undefined || elapsedMs(this.#handledAt, now) > REMB.timeoutMs ? undefined : this.#rembBps;
  }
}
