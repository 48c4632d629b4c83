import type { Instant } from "../time/instant.js";
import { elapsedMs } from "../time/instant.js";
import { LinkCapacity } from "./link-capacity.js";
import type { BandwidthUsage } from "./trendline.js";

/** Constants of the rate control (draft-ietf-rmcat-gcc-02 §5.5; libwebrtc AimdRateControl). */
export const AIMD = {
  /** What remains of the measured throughput at overuse ("beta"). */
  decreaseFactor: 0.85,
  /** Growth per second far from the known capacity ("eta"). */
  increaseFactorPerSecond: 1.08,
  /** Least multiplicative step, in bit/s. */
  minIncreaseBps: 1000,
  /** Least growth near the capacity, in bit/s per second. */
  minAdditiveBpsPerSecond: 4000,
  /** The estimate grows at most to this many times what has been measured, plus an offset in bit/s. */
  maxOverThroughput: 1.5,
  overThroughputOffsetBps: 10_000,
  /** Added to the round trip time for the time that one change takes to be seen, in ms. */
  responseOffsetMs: 100,
  /** Frame rate and packet size that the additive step supposes. */
  framesPerSecond: 30,
  packetBytes: 1200,
  /** A further decrease waits for one round trip within these bounds, in ms. */
  minReduceIntervalMs: 10,
  maxReduceIntervalMs: 200,
} as const;

type AimdState = "hold" | "increase";

/**
 * Additive increase, multiplicative decrease of the delay-based estimate: down to 85 % of the throughput when a queue builds
 * up, hold while it drains, up by 8 % a second while nothing speaks against it, and by about a packet per response time
 * close to the rate at which the path was found full.
 */
export class AimdRateControl {
  readonly #capacity = new LinkCapacity();
  #bitrateBps: number;
  #state: AimdState = "hold";
  #changedAt: Instant | undefined;
  #decreasedAt: Instant | undefined;

  constructor(startBps: number) {
    this.#bitrateBps = startBps;
  }

  get bitrateBps(): number {
    return this.#bitrateBps;
  }

  /** The rate at which the path was found full; undefined while nothing is known. */
  get capacityBps(): number | undefined {
    return this.#capacity.bitrateBps;
  }

  /** When it last went down because of overuse. */
  get decreasedAt(): Instant | undefined {
    return this.#decreasedAt;
  }

  /** Something better than this control knows the rate: a probe. */
  setBitrate(bitrateBps: number, now: Instant): void {
    if (bitrateBps > this.#capacity.upperBoundBps) this.#capacity.reset();
    this.#bitrateBps = bitrateBps;
    this.#changedAt = now;
  }

  /**
   * Follows what the delay does. `throughputBps`: what the receiver gets, undefined while unknown. `isApplicationLimited`: the
   * sender sends less than it may, so its throughput proves nothing about more.
   */
  update(
    usage: BandwidthUsage,
    throughputBps: number | undefined,
    isApplicationLimited: boolean,
    rttMs: number,
    now: Instant,
  ): void {
    switch (usage) {
      case "overusing":
        if (this.#isTimeToReduce(throughputBps, rttMs, now)) this.#decrease(throughputBps ?? this.#bitrateBps, now);
        break;
      case "underusing":
        this.#state = "hold";
        break;
      case "normal":
        if (this.#state === "hold") {
          this.#state = "increase";
          this.#changedAt = now;
        } else {
          this.#increase(throughputBps ?? this.#bitrateBps, isApplicationLimited, rttMs, now);
        }
        break;
    }
  }

  /** Not more often than a change can be seen, unless only half of the estimate comes through. */
  #isTimeToReduce(throughputBps: number | undefined, rttMs: number, now: Instant): boolean {
    if (this.#decreasedAt === undefined) return true;
    const intervalMs = Math.min(Math.max(rttMs, AIMD.minReduceIntervalMs), AIMD.maxReduceIntervalMs);
    if (elapsedMs(this.#decreasedAt, now) >= intervalMs) return true;
    return throughputBps !== undefined && throughputBps < this.#bitrateBps / 2;
  }

  #increase(throughputBps: number, isApplicationLimited: boolean, rttMs: number, now: Instant): void {
    const seconds = Math.max(0, Math.min(1, elapsedMs(this.#changedAt ?? now, now) / 1000));
    this.#changedAt = now;
    if (throughputBps > this.#capacity.upperBoundBps) this.#capacity.reset();
    // What has come through without a queue is proved; near a known capacity it is mostly the noise of its measurement.
    if (this.#capacity.bitrateBps === undefined && throughputBps > this.#bitrateBps) this.#bitrateBps = throughputBps;
    const limit = AIMD.maxOverThroughput * throughputBps + AIMD.overThroughputOffsetBps;
    if (isApplicationLimited || this.#bitrateBps >= limit) return;
    const step = this.#capacity.isNear(this.#bitrateBps)
      ? this.#additiveBpsPerSecond(rttMs) * seconds
      : Math.max(this.#bitrateBps * (AIMD.increaseFactorPerSecond ** seconds - 1), AIMD.minIncreaseBps * seconds);
    this.#bitrateBps = Math.min(this.#bitrateBps + step, limit);
  }

  #additiveBpsPerSecond(rttMs: number): number {
    const frameBytes = this.#bitrateBps / 8 / AIMD.framesPerSecond;
    const packetBytes = frameBytes / Math.ceil(frameBytes / AIMD.packetBytes);
    const responseSeconds = (2 * (rttMs + AIMD.responseOffsetMs)) / 1000;
    return Math.max(AIMD.minAdditiveBpsPerSecond, (packetBytes * 8) / responseSeconds);
  }

  #decrease(throughputBps: number, now: Instant): void {
    const knownBps = this.#capacity.bitrateBps;
    let target = this.#capacity.handleSample(throughputBps, now) * AIMD.decreaseFactor;
    // A burst can measure more than the estimate; the capacity that is known is then the better guess.
    if (target > this.#bitrateBps && knownBps !== undefined) target = knownBps * AIMD.decreaseFactor;
    this.#bitrateBps = Math.min(this.#bitrateBps, target);
    this.#state = "hold";
    this.#changedAt = now;
    this.#decreasedAt = now;
  }
}
