import { elapsedMs, type Instant } from "../time/instant.js";
import type { FeedbackResults } from "./feedback-results.js";

/** Constants of one probe (libwebrtc ProbeBitrateEstimator, BitrateProber). */
export const PROBE_CLUSTER = {
  minPackets: 5,
  /** From its first to its last packet, in ms. libwebrtc has 15; with ± 30 ms of jitter so short a burst measures the jitter. */
  minDurationMs: 40,
  /** A probe that has not got together its packets by then, in ms, is over. */
  maxDurationMs: 500,
  /** Padding for this long, in ms, goes out at a time: the interval at which it is polled. */
  intervalMs: 10,
  /** Share of its packets and of its bytes that must arrive, of those that the path does not lose anyway. */
  minArrived: 0.8,
  /** Arriving at less than this share of the rate it was sent at means that the path was full. */
  saturated: 0.9,
  /** Of the rate that a full path carried, so much is used. */
  utilization: 0.95,
  /** Feedback later than this after its last packet, in ms and one round trip, is not waited for. */
  feedbackTimeoutMs: 1000,
} as const;

/** What has been sent on the path, probes and all else. */
export interface SentTotals {
  /** The number that the next packet gets. */
  readonly nextNumber: number;
  /** Low 32 bits, signed. */
  readonly bytesSent: number;
  /** The probe that packets belong to from now on, 1–255; 0: none. */
  clusterId: number;
}

type ProbeClusterState = "idle" | "sending" | "awaitingFeedback";

/**
 * One probe: for a moment more is sent than the estimate allows, media and padding together, and the rate at which it
 * arrives is measured. Every packet that leaves while it lasts belongs to it.
 */
export class ProbeCluster {
  readonly #sent: SentTotals;
  #state: ProbeClusterState = "idle";
  #id = 0;
  #targetBps = 0;
  #startedAt = 0 as Instant;
  #endedAt = 0 as Instant;
  #firstNumber = 0;
  #bytesBefore = 0;
  /** Of the whole probe, once its sending is over. */
  #sentPackets = 0;
  #sentBytes = 0;
  #reportedPackets = 0;
  #arrivedPackets = 0;
  #arrivedBytes = 0;
  #firstSentAt = 0;
  #lastSentAt = 0;
  #lastSentBytes = 0;
  #firstArrivedAt = 0;
  #firstArrivedBytes = 0;
  #lastArrivedAt = 0;

  constructor(sent: SentTotals) {
    this.#sent = sent;
  }

  get isIdle(): boolean {
    return this.#state === "idle";
  }

  get id(): number {
    return this.#id;
  }

  get targetBps(): number {
    return this.#targetBps;
  }

  start(targetBps: number, now: Instant): void {
    this.#state = "sending";
    this.#id = (this.#id % 255) + 1;
    this.#targetBps = targetBps;
    this.#startedAt = now;
    this.#firstNumber = this.#sent.nextNumber;
    this.#bytesBefore = this.#sent.bytesSent;
    this.#sent.clusterId = this.#id;
    this.#reportedPackets = 0;
    this.#arrivedPackets = 0;
    this.#arrivedBytes = 0;
  }

  /** Bytes of padding that are due now. Ends the sending when the probe is long enough. */
  pollPadding(now: Instant): number {
    if (this.#state !== "sending") return 0;
    this.#sentPackets = this.#sent.nextNumber - this.#firstNumber;
    this.#sentBytes = (this.#sent.bytesSent - this.#bytesBefore) | 0;
    const ageMs = elapsedMs(this.#startedAt, now);
    const isLongEnough = ageMs > PROBE_CLUSTER.minDurationMs && this.#sentPackets >= PROBE_CLUSTER.minPackets;
    if (isLongEnough || ageMs > PROBE_CLUSTER.maxDurationMs) {
      this.#state = this.#sentPackets >= PROBE_CLUSTER.minPackets ? "awaitingFeedback" : "idle";
      this.#sent.clusterId = 0;
      this.#endedAt = now;
      return 0;
    }
    const dueBytes = (this.#targetBps * (ageMs + PROBE_CLUSTER.intervalMs)) / 8000;
    return Math.max(0, Math.floor(dueBytes - this.#sentBytes));
  }

  handleResults(results: FeedbackResults): void {
    if (this.#state === "idle" || !results.hasProbe) return;
    for (let index = 0; index < results.count; index++) {
      if (results.clusterId[index] !== this.#id) continue;
      const sentAt = results.sentAt[index] as number;
      if (sentAt < this.#startedAt) continue; // of an earlier probe with this id
      this.#reportedPackets++;
      const arrivedAt = results.arrivedAt[index] as number;
      if (!Number.isNaN(arrivedAt)) this.#handleArrival(sentAt, arrivedAt, results.sizeBytes[index] as number);
    }
  }

  /**
   * The rate that the probe has proved, in bit/s, 0 for nothing; undefined while it is not over. It proves at most what it
   * aimed at: a burst may find a bucket of tokens on its way. `inherentLoss`: the share that the path loses at any rate.
   */
  pollResult(inherentLoss: number, rttMs: number, now: Instant): number | undefined {
    if (this.#state !== "awaitingFeedback") return undefined;
    const isTimedOut = elapsedMs(this.#endedAt, now) > PROBE_CLUSTER.feedbackTimeoutMs + rttMs;
    if (this.#reportedPackets < this.#sentPackets && !isTimedOut) return undefined;
    this.#state = "idle";
    return this.#measure(PROBE_CLUSTER.minArrived * (1 - inherentLoss));
  }

  #handleArrival(sentAt: number, arrivedAt: number, sizeBytes: number): void {
    if (this.#arrivedPackets === 0) {
      this.#firstSentAt = sentAt;
      this.#lastSentAt = sentAt;
      this.#lastSentBytes = 0;
      this.#firstArrivedAt = arrivedAt;
      this.#firstArrivedBytes = sizeBytes;
      this.#lastArrivedAt = arrivedAt;
    }
    this.#arrivedPackets++;
    this.#arrivedBytes += sizeBytes;
    // What leaves at one instant is not sent at a rate, so all of the last instant lies behind the interval.
    this.#lastSentBytes = sentAt > this.#lastSentAt ? sizeBytes : this.#lastSentBytes + sizeBytes;
    this.#lastSentAt = Math.max(this.#lastSentAt, sentAt);
    if (arrivedAt < this.#firstArrivedAt) {
      this.#firstArrivedAt = arrivedAt;
      this.#firstArrivedBytes = sizeBytes;
    }
    this.#lastArrivedAt = Math.max(this.#lastArrivedAt, arrivedAt);
  }

  #measure(minArrived: number): number {
    const { minPackets, saturated, utilization } = PROBE_CLUSTER;
    if (this.#arrivedPackets < minPackets * minArrived) return 0;
    if (this.#arrivedPackets < this.#sentPackets * minArrived || this.#arrivedBytes < this.#sentBytes * minArrived) return 0;
    const sendUs = this.#lastSentAt - this.#firstSentAt;
    if (sendUs <= 0) return 0;
    const sendBps = ((this.#arrivedBytes - this.#lastSentBytes) * 8e6) / sendUs;
    const arrivalUs = this.#lastArrivedAt - this.#firstArrivedAt;
    const arrivalBps = arrivalUs <= 0 ? sendBps : ((this.#arrivedBytes - this.#firstArrivedBytes) * 8e6) / arrivalUs;
    const provedBps = arrivalBps < sendBps * saturated ? arrivalBps * utilization : Math.min(arrivalBps, sendBps);
    return Math.min(provedBps, this.#targetBps);
  }
}
