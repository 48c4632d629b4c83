import type { TransportFeedback } from "../rtcp/transport-feedback.js";
import { after, type Instant } from "../time/instant.js";
import { AcknowledgedBitrate } from "./acknowledged-bitrate.js";
import { ApplicationLimit } from "./application-limit.js";
import { DelayBasedEstimator } from "./delay-based-estimator.js";
import { FeedbackResults } from "./feedback-results.js";
import { LossBasedEstimator } from "./loss-based-estimator.js";
import { ProbeController, type ProbeRequest } from "./probe-controller.js";
import { RembEstimator } from "./remb-estimator.js";
import { SentPacketHistory } from "./sent-packet-history.js";

export const BANDWIDTH = {
  /** The first estimate, in bit/s: between mediasoup's 600 k and JVB's 2.5 M. Until feedback has come there is no limit. */
  startBps: 1_000_000,
  /** Bounds of the estimate, in bit/s (libwebrtc and JVB: 30 k; 100 M is beyond any honest receiver of video). */
  minBps: 30_000,
  maxBps: 100_000_000,
  /** Round trip time while it is unknown, in ms (libwebrtc). */
  defaultRttMs: 200,
  /** Packets have been leaving for so long without any feedback, in ms (libwebrtc RttBasedBackoff): the path may be choked. */
  feedbackTimeoutMs: 3000,
  /** Then the estimate is multiplied by this each interval. */
  silenceFactor: 0.8,
  silenceIntervalMs: 1000,
  /** While it is silent one small packet leaves this often, in ms, to find out whether it still is (libwebrtc). */
  keepAliveIntervalMs: 500,
  /** That packet, in bytes with all headers. */
  keepAliveBytes: 120,
  /** Time is looked at this often at most, in ms. */
  timeoutIntervalMs: 50,
} as const;

export interface BandwidthEstimatorOptions {
  /** The first estimate, in bit/s. Default {@link BANDWIDTH}.startBps; 30,000 to 100,000,000. */
  readonly startBps?: number;
  /** The estimate never goes below, in bit/s. Default {@link BANDWIDTH}.minBps. */
  readonly minBps?: number;
  /** The estimate never goes above, in bit/s. Default {@link BANDWIDTH}.maxBps. */
  readonly maxBps?: number;
}

/** unknown: nothing limits; stable: grows or stays; congested: a queue or loss of our making; silent: feedback has stopped. */
export type BandwidthState = "unknown" | "stable" | "congested" | "silent";

/** Scratch, one feedback at a time. */
const results = new FeedbackResults();

/**
 * What one path to a receiver carries, estimated at the sending end: Google Congestion Control over transport-wide feedback
 * (draft-ietf-rmcat-gcc-02 with libwebrtc's later changes), the receiver's own estimate (REMB) where there is no such
 * feedback.
 *
 * An SFU mostly sends less than the path carries, so the estimate neither follows the little that is sent nor grows on the
 * strength of it: it stays, and padding finds out about more when {@link setDemand} says that somebody would use it. Does
 * no I/O and has no clock; nothing is allocated per packet.
 */
export class BandwidthEstimator {
  readonly #minBps: number;
  readonly #maxBps: number;
  /** What every packet that leaves is to be noted in: it gives out the transport-wide sequence numbers. */
  readonly sentPackets = new SentPacketHistory();
  readonly #acknowledged = new AcknowledgedBitrate();
  readonly #limit: ApplicationLimit;
  readonly #delay: DelayBasedEstimator;
  readonly #loss: LossBasedEstimator;
  readonly #probes: ProbeController;
  readonly #remb: RembEstimator;
  #estimateBps: number | undefined;
  #state: BandwidthState = "unknown";
  #isLimitKnown = false;
  #rttMs: number | undefined;
  #hasReportedRtt = false;
  #reportedLossRatio = 0;
  /** Transport-wide feedback has come. */
  #hasFeedback = false;
  /** How long it had been silent when the estimate was last lowered for it, ms; undefined while it is not. */
  #silencedMs: number | undefined;
  /** Of the history, as far as the application limit knows it. */
  #bytesCounted = 0;
  #nextKeepAlive = 0 as Instant;
  /** It is the receiver itself that allows no more (REMB). */
  #isReceiverBound = false;
  #nextTimeout = 0 as Instant;
  feedbacks = 0;

  constructor(options: BandwidthEstimatorOptions = {}) {
    const startBps = options.startBps ?? BANDWIDTH.startBps;
    this.#minBps = options.minBps ?? BANDWIDTH.minBps;
    this.#maxBps = options.maxBps ?? BANDWIDTH.maxBps;
    this.#limit = new ApplicationLimit(startBps);
    this.#delay = new DelayBasedEstimator(startBps);
    this.#loss = new LossBasedEstimator(startBps);
    this.#probes = new ProbeController(startBps, this.sentPackets);
    this.#remb = new RembEstimator(this.#minBps, this.#maxBps);
  }

  /** In bit/s, everything on the path together; undefined: unknown, so do not limit. */
  get estimateBps(): number | undefined {
    return this.#estimateBps;
  }

  get state(): BandwidthState {
    return this.#state;
  }

  /** What the receiver has got lately, in bit/s, by transport-wide feedback. */
  get acknowledgedBps(): number | undefined {
    return this.#acknowledged.bitrateBps;
  }

  /** Of receiver reports, or else of feedback (then the time that feedback waited is in it); undefined before the first. */
  get rttMs(): number | undefined {
    return this.#rttMs;
  }

  /** Share of packets lost lately, 0–1. */
  get lossRatio(): number {
    return this.#hasFeedback ? this.#loss.lossRatio : this.#reportedLossRatio;
  }

  /**
   * Whether the path has ever been too narrow. Until then the estimate is only what the path carries at least: nobody has come
   * to its end yet.
   */
  get isLimitKnown(): boolean {
    return this.#isLimitKnown;
  }

  /** Less is sent than the estimate allows. */
  get isApplicationLimited(): boolean {
    return this.#limit.isLimited;
  }

  /** Probes begun. */
  get probesStarted(): number {
    return this.#probes.started;
  }

  /** Probes that raised the estimate. */
  get probesSucceeded(): number {
    return this.#probes.succeeded;
  }

  /** What had no effect: statuses about packets never sent or forgotten, statuses said twice, absurd clocks, absurd REMBs. */
  get ignored(): { unknownStatuses: number; duplicateStatuses: number; clockResets: number; clampedRembs: number } {
    const { unknownStatuses, duplicateStatuses, clockResets } = this.sentPackets;
    return { unknownStatuses, duplicateStatuses, clockResets, clampedRembs: this.#remb.clamped };
  }

  /** What would be sent if the path carried it, in bit/s; 0, as at first: what is sent now is enough. */
  setDemand(bitrateBps: number, now: Instant): void {
    this.#probes.setDemand(Math.min(bitrateBps, this.#maxBps), now);
  }

  handleFeedback(feedback: TransportFeedback, now: Instant): void {
    this.sentPackets.handleFeedback(feedback, now, results);
    if (results.count === 0) return;
    this.feedbacks++;
    this.#hasFeedback = true;
    this.sentPackets.handleAnswered();
    this.#silencedMs = undefined;
    this.#measureRoundTrip(now);
    const rttMs = this.#rttMs ?? BANDWIDTH.defaultRttMs;
    this.#updateLimit(now);
    const wasLimited = this.#limit.isLimited;
    const previousBps = this.#estimateBps ?? this.#delay.bitrateBps;
    const previousDecrease = this.#delay.decreasedAt;

    this.#acknowledged.handleResults(results);
    this.#loss.handleResults(results, rttMs, now);
    this.#delay.handleResults(results, this.#carriedBps, wasLimited, rttMs, now);
    this.#probes.handleResults(results);
    if (this.#delay.decreasedAt !== previousDecrease) {
      this.#probes.handleOveruse(previousBps, this.#delay.bitrateBps, wasLimited, now);
    }
    this.#pollProbeResult(rttMs, now);
    this.#publish(now);
  }

  handleRemb(bitrateBps: number, now: Instant): void {
    this.#remb.handleRemb(bitrateBps, now);
    this.#publish(now);
  }

  /** What receiver reports say: share of packets lost 0–1, and the round trip time when they give one. */
  handleReceiverReport(lossRatio: number, rttMs: number | undefined, now: Instant): void {
    this.#rttMs = rttMs ?? this.#rttMs;
    this.#hasReportedRtt ||= rttMs !== undefined;
    this.#reportedLossRatio = lossRatio;
    if (this.#hasFeedback) return;
    this.#remb.handleReceiverReport(lossRatio, this.#rttMs ?? BANDWIDTH.defaultRttMs, now);
    this.#publish(now);
  }

  /** Time has passed; call it every 10 to 100 ms. Costs next to nothing more often than needed, or without any feedback. */
  handleTimeout(now: Instant): void {
    if (this.#state === "unknown" || now < this.#nextTimeout) return;
    this.#nextTimeout = after(now, BANDWIDTH.timeoutIntervalMs);
    this.#updateLimit(now);
    if (this.#hasFeedback) {
      this.#pollProbeResult(this.#rttMs ?? BANDWIDTH.defaultRttMs, now);
      this.#handleSilence(now);
    }
    this.#publish(now);
  }

  /** Padding tells more about the path: its receiver reports what comes. */
  get canProbe(): boolean {
    return this.#hasFeedback;
  }

  /** Somebody would use more than the estimate: {@link pollProbe} may have something to say. */
  get isProbeWanted(): boolean {
    return this.#estimateBps !== undefined && this.#probes.isWanted(this.#estimateBps);
  }

  /**
   * Padding that is wanted now, to find out whether the path carries what {@link setDemand} asked for; undefined: none. Who
   * cannot send padding does not call it. Call it every 5 to 10 ms; what is sent in answer is noted in {@link sentPackets}.
   */
  pollProbe(now: Instant): ProbeRequest | undefined {
    if (!this.#hasFeedback || this.#estimateBps === undefined) return undefined;
    if (this.#state === "silent") return this.#pollKeepAlive(this.#estimateBps, now);
    const isQuiet = this.#delay.usage === "normal" && !this.#loss.isTrying && !this.#isReceiverBound;
    return this.#probes.pollProbe(this.#estimateBps, isQuiet, this.#limit.isLimited, now);
  }

  /** Nothing may be sent any more because nothing is answered: without this neither would ever change. */
  #pollKeepAlive(bitrateBps: number, now: Instant): ProbeRequest | undefined {
    if (now < this.#nextKeepAlive) return undefined;
    this.#nextKeepAlive = after(now, BANDWIDTH.keepAliveIntervalMs);
    return { clusterId: 0, bitrateBps, bytes: BANDWIDTH.keepAliveBytes };
  }

  /** What the path's queue has taken: what has arrived, and what gets lost on the way at any rate. */
  get #carriedBps(): number | undefined {
    const acknowledgedBps = this.#acknowledged.bitrateBps;
    return acknowledgedBps === undefined ? undefined : acknowledgedBps / (1 - this.#loss.inherentLoss);
  }

  /** The least time from sending to feedback among the packets it is about; receiver reports know better. */
  #measureRoundTrip(now: Instant): void {
    if (this.#hasReportedRtt) return;
    if (Number.isFinite(results.lastArrivedSentAt)) this.#rttMs = Math.max(0, now - results.lastArrivedSentAt) / 1000;
  }

  #pollProbeResult(rttMs: number, now: Instant): void {
    const estimateBps = this.#estimateBps ?? this.#delay.bitrateBps;
    const provedBps = this.#probes.pollResult(estimateBps, this.#loss.inherentLoss, rttMs, now);
    if (provedBps === undefined) return;
    if (provedBps > this.#delay.bitrateBps) this.#delay.setBitrate(provedBps, now);
    if (provedBps > this.#loss.bitrateBps) this.#loss.setBitrate(provedBps);
  }

  /** What has been sent since the last time counts as used. */
  #updateLimit(now: Instant): void {
    const { bytesSent } = this.sentPackets;
    this.#limit.handleSent((bytesSent - this.#bytesCounted) | 0);
    this.#bytesCounted = bytesSent;
    this.#limit.handleTimeout(now);
  }

  #handleSilence(now: Instant): void {
    // By what was sent, not by the clock: while nothing is sent there is nothing to answer.
    const { unansweredMs } = this.sentPackets;
    if (unansweredMs < BANDWIDTH.feedbackTimeoutMs) return;
    if (this.#silencedMs !== undefined && unansweredMs - this.#silencedMs < BANDWIDTH.silenceIntervalMs) return;
    this.#silencedMs = unansweredMs;
    const reducedBps = Math.max(this.#minBps, (this.#estimateBps ?? this.#delay.bitrateBps) * BANDWIDTH.silenceFactor);
    this.#delay.setBitrate(Math.min(reducedBps, this.#delay.bitrateBps), now);
    this.#loss.setBitrate(reducedBps);
  }

  #publish(now: Instant): void {
    if (!this.#hasFeedback) {
      this.#estimateBps = this.#remb.bitrateBps(now);
      if (this.#estimateBps === undefined) this.#state = "unknown";
      else this.#state = this.#remb.isCongested(now) ? "congested" : "stable";
      this.#isLimitKnown ||= this.#state === "congested";
      return;
    }
    const delayBps = this.#delay.bitrateBps;
    const mostBps = Math.max(delayBps, this.#delay.capacityBps ?? 0);
    if (this.#loss.bitrateBps > mostBps) this.#loss.setBitrate(mostBps);
    const pathBps = Math.min(delayBps, this.#loss.bitrateBps);
    const boundBps = this.#remb.receiverBoundBps(now) ?? Number.POSITIVE_INFINITY;
    this.#isReceiverBound = boundBps < pathBps;
    const carriedBps = Math.min(pathBps, boundBps) * this.#delay.drainShare;
    const estimateBps = Math.min(Math.max(carriedBps, this.#minBps), this.#maxBps);
    this.#estimateBps = estimateBps;
    this.#limit.setEstimate(estimateBps);
    if (this.#silencedMs !== undefined) this.#state = "silent";
    else if (this.#delay.usage === "overusing" || this.#loss.isCongested(now)) this.#state = "congested";
    else this.#state = "stable";
    this.#isLimitKnown ||= this.#state !== "stable";
  }
}
