import { elapsedMs, type Instant } from "../time/instant.js";
import type { FeedbackResults } from "./feedback-results.js";

/** Constants of the loss-based estimate (draft-ietf-rmcat-gcc-02 §6; libwebrtc SendSideBandwidthEstimation). */
export const LOSS_BASED = {
  /** Below this share of lost packets the estimate grows, above the other it goes down, between them it stays. */
  growBelow: 0.02,
  reduceAbove: 0.1,
  increaseFactorPerSecond: 1.08,
  /** Added to each second's growth, in bit/s. */
  increaseOffsetBps: 1000,
  /** So many windows in a row must say so, because losses come in bursts; heavy loss is believed at once. */
  lossyWindows: 2,
  /** The estimate goes down by this share of the loss. */
  reduceShare: 0.5,
  /** Least time between two decreases, in ms; one round trip is added. */
  reduceIntervalMs: 300,
  /** Loss is judged over this time, in ms, and so many packets. */
  windowMs: 1000,
  windowPackets: 20,
  /** Loss beyond this share need not wait for the whole window, only for so many ms. */
  heavyLoss: 0.25,
  heavyWindowMs: 200,
} as const;

/** Constants of our own: how loss that the rate does not cause is told from loss that it does. */
export const INHERENT_LOSS = {
  /** Sending at no more than what came through, times this, is sending within the path's capacity. */
  withinCapacity: 1.05,
  /** Share of the first loss that must still be there for the rate to be innocent. */
  remaining: 0.5,
  /** Trials that must agree: the first may have begun while the capacity was changing. */
  trials: 2,
  /** A trial that takes longer than this, in ms, is given up. */
  trialTimeoutMs: 10_000,
  /** The most that is believed. */
  max: 0.5,
  /** Share of a new window in what is believed, which never exceeds what a trial has shown by more than the factor. */
  weight: 0.2,
  maxOverTrial: 1.25,
} as const;

/** Loss above {@link LOSS_BASED}.reduceAbove, as it was before the rate went down for it. */
interface LossTrial {
  readonly lossRatio: number;
  readonly deliveredBps: number;
  readonly begunAt: Instant;
}

/**
 * The rate at which the path does not lose packets because of us.
 *
 * Radio links lose packets at any rate. The classic rule would slow down for them until nothing is left, so this one tries:
 * where the rate has gone down to what came through and just as much is lost, loss is not a matter of the rate, and only
 * loss beyond it counts. Nothing but a decrease ever begins such a trial, so the path's share is never at risk.
 */
export class LossBasedEstimator {
  #bitrateBps: number;
  #lost = 0;
  #packets = 0;
  #sentBytes = 0;
  #deliveredBytes = 0;
  #firstSentAt = Number.POSITIVE_INFINITY;
  #lastSentAt = Number.NEGATIVE_INFINITY;
  #windowStart: Instant | undefined;
  #judgedAt: Instant | undefined;
  #decreasedAt: Instant | undefined;
  /** Until loss has been seen. */
  #isGrowing = true;
  #inherentLoss = 0;
  /** What the latest trial showed. */
  #triedLoss = 0;
  #trial: LossTrial | undefined;
  #agreed = 0;
  #lossyWindows = 0;
  #lossRatio = 0;

  constructor(startBps: number) {
    this.#bitrateBps = startBps;
  }

  get bitrateBps(): number {
    return this.#bitrateBps;
  }

  /** Of the latest window, 0–1. */
  get lossRatio(): number {
    return this.#lossRatio;
  }

  /** Share of loss, 0–1, that was found to have nothing to do with our rate. */
  get inherentLoss(): number {
    return this.#inherentLoss;
  }

  /** It is being found out whether the loss depends on the rate: the rate should not go up for other reasons. */
  get isTrying(): boolean {
    return this.#trial !== undefined;
  }

  /** Loss lowered the estimate within the last window. */
  isCongested(now: Instant): boolean {
    return this.#decreasedAt !== undefined && elapsedMs(this.#decreasedAt, now) < LOSS_BASED.windowMs;
  }

  /** Another estimate is lower, or a probe has proved more. */
  setBitrate(bitrateBps: number): void {
    this.#bitrateBps = bitrateBps;
  }

  handleResults(results: FeedbackResults, rttMs: number, now: Instant): void {
    if (results.count === 0) return;
    this.#packets += results.fresh;
    this.#lost = Math.max(0, this.#lost + results.lost - results.late);
    this.#sentBytes += results.sentBytes;
    this.#deliveredBytes += results.deliveredBytes;
    // They are in the order of sending; the few that come late change nothing in the span of a window.
    this.#firstSentAt = Math.min(this.#firstSentAt, results.sentAt[0] as number);
    this.#lastSentAt = Math.max(this.#lastSentAt, results.sentAt[results.count - 1] as number);
    this.#judge(rttMs, now);
  }

  /** The same from a receiver report: a share of loss without its packets, so that there is nothing to try. */
  handleReport(lossRatio: number, rttMs: number, now: Instant): void {
    this.#packets += LOSS_BASED.windowPackets;
    this.#lost += LOSS_BASED.windowPackets * lossRatio;
    this.#judge(rttMs, now);
  }

  #judge(rttMs: number, now: Instant): void {
    this.#grow(now);
    this.#windowStart ??= now;
    const windowMs = elapsedMs(this.#windowStart, now);
    if (this.#packets < LOSS_BASED.windowPackets) return;
    const packets = this.#packets;
    const lossRatio = this.#lost / packets;
    const isHeavy = lossRatio > LOSS_BASED.heavyLoss && windowMs < LOSS_BASED.windowMs;
    if (windowMs < (isHeavy ? LOSS_BASED.heavyWindowMs : LOSS_BASED.windowMs)) return;
    this.#lossRatio = lossRatio;
    const spanSeconds = (this.#lastSentAt - this.#firstSentAt) / 1e6;
    const sentBps = spanSeconds > 0 ? (this.#sentBytes * 8) / spanSeconds : 0;
    const deliveredBps = spanSeconds > 0 ? (this.#deliveredBytes * 8) / spanSeconds : 0;
    this.#restartWindow(now);

    const believed = this.#inherentLoss + INHERENT_LOSS.weight * (lossRatio - this.#inherentLoss);
    this.#inherentLoss = Math.min(believed, this.#triedLoss * INHERENT_LOSS.maxOverTrial);
    if (sentBps > 0) this.#try(lossRatio, sentBps, deliveredBps, now);
    const inherent = this.#inherentLoss;
    // What chance adds to the inherent loss is not ours either: one standard error.
    const expected = inherent + Math.sqrt((inherent * (1 - inherent)) / packets);
    const ownLoss = Math.max(0, (lossRatio - expected) / (1 - inherent));
    this.#isGrowing = ownLoss < LOSS_BASED.growBelow;
    this.#lossyWindows = ownLoss > LOSS_BASED.reduceAbove ? this.#lossyWindows + 1 : 0;
    if (this.#lossyWindows < LOSS_BASED.lossyWindows && !isHeavy) return;
    if (ownLoss <= LOSS_BASED.reduceAbove || !this.#isTimeToReduce(rttMs, now)) return;
    // Heavy loss was judged by a glimpse, which may have been a burst: no ground for a trial.
    if (isHeavy || deliveredBps === 0 || this.#trial !== undefined)
      this.#decrease(LOSS_BASED.reduceShare * ownLoss, deliveredBps, now);
    else this.#beginTrial(lossRatio, deliveredBps, now);
  }

  #grow(now: Instant): void {
    const seconds = Math.max(0, Math.min(1, elapsedMs(this.#judgedAt ?? now, now) / 1000));
    this.#judgedAt = now;
    if (!this.#isGrowing) return;
    this.#bitrateBps =
      this.#bitrateBps * LOSS_BASED.increaseFactorPerSecond ** seconds + LOSS_BASED.increaseOffsetBps * seconds;
  }

  #isTimeToReduce(rttMs: number, now: Instant): boolean {
    const intervalMs = LOSS_BASED.reduceIntervalMs + rttMs;
    return this.#decreasedAt === undefined || elapsedMs(this.#decreasedAt, now) >= intervalMs;
  }

  /** What came through is the path's to give, so the estimate never goes below it. */
  #decrease(share: number, deliveredBps: number, now: Instant): void {
    this.#decreasedAt = now;
    this.#bitrateBps = Math.min(this.#bitrateBps, Math.max(this.#bitrateBps * (1 - share), deliveredBps));
  }

  /** Goes straight to the rate that came through, because the question is what happens there. */
  #beginTrial(lossRatio: number, deliveredBps: number, now: Instant): void {
    this.#trial = { lossRatio, deliveredBps, begunAt: now };
    this.#decrease(lossRatio, deliveredBps, now);
  }

  #try(lossRatio: number, sentBps: number, deliveredBps: number, now: Instant): void {
    const trial = this.#trial;
    if (trial === undefined) return;
    if (elapsedMs(trial.begunAt, now) > INHERENT_LOSS.trialTimeoutMs) {
      this.#endTrials();
      return;
    }
    if (sentBps > trial.deliveredBps * INHERENT_LOSS.withinCapacity) return;
    if (lossRatio < trial.lossRatio * INHERENT_LOSS.remaining) {
      this.#endTrials();
      return;
    }
    if (++this.#agreed < INHERENT_LOSS.trials) {
      this.#beginTrial(lossRatio, deliveredBps, now);
      return;
    }
    this.#triedLoss = Math.min(INHERENT_LOSS.max, (trial.lossRatio + lossRatio) / 2);
    this.#inherentLoss = this.#triedLoss;
    this.#endTrials();
  }

  #endTrials(): void {
    this.#trial = undefined;
    this.#agreed = 0;
  }

  #restartWindow(now: Instant): void {
    this.#lost = 0;
    this.#packets = 0;
    this.#sentBytes = 0;
    this.#deliveredBytes = 0;
    this.#firstSentAt = Number.POSITIVE_INFINITY;
    this.#lastSentAt = Number.NEGATIVE_INFINITY;
    this.#windowStart = now;
  }
}
