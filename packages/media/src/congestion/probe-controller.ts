import { after, elapsedMs, type Instant } from "../time/instant.js";
import type { FeedbackResults } from "./feedback-results.js";
import { ProbeCluster, type SentTotals } from "./probe-cluster.js";

/** Constants of when and how far to probe (libwebrtc ProbeController; mediasoup, JVB and str0m use the same). */
export const PROBING = {
  /** The first two probes, as multiples of the start rate. */
  initialFactors: [3, 6],
  /** Later ones, as multiples of the estimate: of a sender that sends less than it may, and of one that fills the path. */
  limitedFactor: 2,
  saturatingFactor: 1.5,
  /** A probe that proves this share of its target is followed by one to so many times what it proved. */
  furtherShare: 0.7,
  furtherFactor: 2,
  /** Least gain worth a probe, or counted as a success, as a multiple of the estimate. */
  minGain: 1.1,
  /** Time between probes, in ms: at first, and at most after failures, each of which makes it longer by the factor. */
  intervalMs: 5000,
  maxIntervalMs: 10_000,
  backoffFactor: 1.5,
  /** What is wanted plus some air, because an allocator does not fill the estimate to the last bit (LiveKit: 120 %). */
  demandFactor: 1.2,
  /** A queue that builds up within this time of a success shows that the probe was wrong, in ms. */
  regretMs: 3000,
  /** After a queue has built up nothing is probed for so long, in ms. */
  overuseRestMs: 3000,
  /** New wants cause at most one probe in this time, in ms. */
  minSpacingMs: 1000,
  /** A drop of an application-limited sender below this share is doubted, */
  doubtedDrop: 0.66,
  /** and so much of the old rate is probed as soon as the delay is normal again, */
  recoveryShare: 0.85,
  /** at most this long after the drop, in ms. */
  recoveryTimeoutMs: 5000,
} as const;

/** Padding that would help to find out whether the path carries more. Reused: read it before the next poll. */
export interface ProbeRequest {
  /** 1–255; 0: no probe, only to hear something. */
  readonly clusterId: number;
  /** The rate that media and padding together are to reach. */
  readonly bitrateBps: number;
  /** Padding wanted now, in bytes with all headers; less may be sent, more must not. */
  readonly bytes: number;
}

/** Decides when to try whether the path carries more than the estimate: only as far as somebody would use it. */
export class ProbeController {
  readonly #cluster: ProbeCluster;
  readonly #startBps: number;
  readonly #request = { clusterId: 0, bitrateBps: 0, bytes: 0 };
  #demandBps = 0;
  #initialIndex = 0;
  #intervalMs: number = PROBING.intervalMs;
  #nextAt: Instant | undefined;
  /** No new want makes the next probe come before. */
  #restUntil = 0 as Instant;
  /** Target of a probe that follows from the last one's result. */
  #furtherBps = 0;
  /** The latest probe has proved nothing, and the next is only to see whether that was chance. */
  #isRepeated = false;
  #succeededAt: Instant | undefined;
  #recoveryBps = 0;
  #recoveryBefore: Instant | undefined;
  /** Probes begun so far, and those that raised the estimate. */
  started = 0;
  succeeded = 0;

  /** `sent`: what every packet is counted in. */
  constructor(startBps: number, sent: SentTotals) {
    this.#startBps = startBps;
    this.#cluster = new ProbeCluster(sent);
  }

  get demandBps(): number {
    return this.#demandBps;
  }

  /** A probe is on, or one would be worth its bytes if it were time. */
  isWanted(estimateBps: number): boolean {
    return !this.#cluster.isIdle || this.#demandBps * PROBING.demandFactor > estimateBps * PROBING.minGain;
  }

  /** What would be used if the path carried it, in bit/s. A new want is tried at once, unless the last trial went wrong. */
  setDemand(bitrateBps: number, now: Instant): void {
    const isMore = bitrateBps > this.#demandBps * PROBING.minGain;
    this.#demandBps = bitrateBps;
    if (isMore && this.#nextAt !== undefined) this.#nextAt = this.#restUntil > now ? this.#restUntil : now;
  }

  handleResults(results: FeedbackResults): void {
    this.#cluster.handleResults(results);
  }

  /** The rate that a finished probe has proved, when it is more than the estimate. */
  pollResult(estimateBps: number, inherentLoss: number, rttMs: number, now: Instant): number | undefined {
    const provedBps = this.#cluster.pollResult(inherentLoss, rttMs, now);
    if (provedBps === undefined) return undefined;
    const { targetBps } = this.#cluster;
    const isSuccess = provedBps > estimateBps * PROBING.minGain;
    this.#furtherBps = isSuccess && provedBps > targetBps * PROBING.furtherShare ? provedBps * PROBING.furtherFactor : 0;
    if (!isSuccess) {
      this.#handleNoGain(provedBps, now);
      return provedBps > estimateBps ? provedBps : undefined;
    }
    this.succeeded++;
    this.#isRepeated = false;
    this.#succeededAt = now;
    this.#intervalMs = PROBING.intervalMs;
    this.#nextAt = after(now, this.#intervalMs);
    return provedBps;
  }

  /** A queue has built up and the estimate went down from `previousBps`. */
  handleOveruse(previousBps: number, estimateBps: number, wasLimited: boolean, now: Instant): void {
    this.#furtherBps = 0;
    if (this.#succeededAt !== undefined && elapsedMs(this.#succeededAt, now) < PROBING.regretMs) {
      this.#handleFailure(now);
      this.#succeededAt = undefined;
    }
    this.#rest(PROBING.overuseRestMs, now);
    if (!wasLimited || estimateBps >= previousBps * PROBING.doubtedDrop) return;
    this.#recoveryBps = previousBps * PROBING.recoveryShare;
    this.#recoveryBefore = after(now, PROBING.recoveryTimeoutMs);
  }

  /** Padding wanted now; undefined for none. `isQuiet`: neither delay nor loss are in motion. */
  pollProbe(estimateBps: number, isQuiet: boolean, isLimited: boolean, now: Instant): ProbeRequest | undefined {
    if (this.#cluster.isIdle) {
      if (!isQuiet) return undefined;
      const targetBps = this.#pollTarget(estimateBps, isLimited, now);
      if (targetBps === 0) return undefined;
      this.#cluster.start(targetBps, now);
      this.#restUntil = after(now, PROBING.minSpacingMs);
      this.started++;
    }
    const bytes = this.#cluster.pollPadding(now);
    if (bytes === 0) return undefined;
    this.#request.clusterId = this.#cluster.id;
    this.#request.bitrateBps = this.#cluster.targetBps;
    this.#request.bytes = bytes;
    return this.#request;
  }

  /** Where the next probe should go; 0: nowhere now. */
  #pollTarget(estimateBps: number, isLimited: boolean, now: Instant): number {
    const mostBps = this.#demandBps * PROBING.demandFactor;
    const leastBps = estimateBps * PROBING.minGain;
    if (mostBps <= leastBps) return 0;
    let targetBps = 0;
    if (this.#recoveryBps > 0) {
      const isInTime = this.#recoveryBefore !== undefined && now < this.#recoveryBefore;
      targetBps = isInTime ? this.#recoveryBps : 0;
      this.#recoveryBps = 0;
    }
    if (targetBps <= leastBps && this.#furtherBps > 0) {
      targetBps = this.#furtherBps;
      this.#furtherBps = 0;
    }
    while (targetBps <= leastBps && this.#initialIndex < PROBING.initialFactors.length) {
      targetBps = this.#startBps * (PROBING.initialFactors[this.#initialIndex++] ?? 0);
      this.#nextAt ??= after(now, this.#intervalMs);
    }
    if (targetBps <= leastBps) {
      if (this.#nextAt !== undefined && now < this.#nextAt) return 0;
      this.#nextAt = after(now, this.#intervalMs);
      targetBps = estimateBps * (isLimited ? PROBING.limitedFactor : PROBING.saturatingFactor);
    }
    return targetBps > leastBps ? Math.min(targetBps, mostBps) : 0;
  }

  #handleNoGain(provedBps: number, now: Instant): void {
    if (this.#initialIndex < PROBING.initialFactors.length) return;
    // Too much of it got lost, and of a few packets that may be chance.
    const isChance = provedBps === 0 && !this.#isRepeated;
    this.#isRepeated = isChance;
    if (isChance) this.#nextAt = this.#restUntil > now ? this.#restUntil : now;
    else this.#handleFailure(now);
  }

  #handleFailure(now: Instant): void {
    this.#intervalMs = Math.min(this.#intervalMs * PROBING.backoffFactor, PROBING.maxIntervalMs);
    this.#rest(this.#intervalMs, now);
  }

  #rest(restMs: number, now: Instant): void {
    const until = after(now, restMs);
    if (until > this.#restUntil) this.#restUntil = until;
    if (this.#nextAt === undefined || this.#nextAt < until) this.#nextAt = until;
  }
}
