import type { Instant } from "../time/instant.js";
import { AimdRateControl } from "./aimd-rate-control.js";
import type { FeedbackResults } from "./feedback-results.js";
import { InterArrival } from "./inter-arrival.js";
import { StandingQueue } from "./standing-queue.js";
import { type BandwidthUsage, Trendline } from "./trendline.js";

/** Feedback further apart than this, in ms, says nothing together (libwebrtc kStreamTimeOut). */
const STREAM_TIMEOUT_MS = 2000;

/**
 * The rate at which no queue builds up on the path: arrival groups, their trend, and the rate control
 * (draft-ietf-rmcat-gcc-02 §5); and no queue stands there for good either.
 */
export class DelayBasedEstimator {
  readonly #interArrival = new InterArrival();
  readonly #control: AimdRateControl;
  readonly #queue = new StandingQueue();
  #trendline = new Trendline();
  #usage: BandwidthUsage = "normal";
  #handledAt: Instant | undefined;

  constructor(startBps: number) {
    this.#control = new AimdRateControl(startBps);
  }

  get bitrateBps(): number {
    return this.#control.bitrateBps;
  }

  /** The rate at which the path was found full; undefined while nothing is known. */
  get capacityBps(): number | undefined {
    return this.#control.capacityBps;
  }

  get usage(): BandwidthUsage {
    return this.#usage;
  }

  /** What to send of the estimate, 0–1, so that a standing queue drains. */
  get drainShare(): number {
    return this.#queue.drainShare;
  }

  /** When overuse last lowered the estimate. */
  get decreasedAt(): Instant | undefined {
    return this.#control.decreasedAt;
  }

  /** A probe, or a loss of all feedback, knows better. */
  setBitrate(bitrateBps: number, now: Instant): void {
    this.#control.setBitrate(bitrateBps, now);
  }

  handleResults(
    results: FeedbackResults,
    throughputBps: number | undefined,
    isApplicationLimited: boolean,
    rttMs: number,
    now: Instant,
  ): void {
    const isStale = this.#handledAt !== undefined && now - this.#handledAt > STREAM_TIMEOUT_MS * 1000;
    if (isStale || results.isClockReset) {
      this.#interArrival.reset();
      this.#trendline = new Trendline();
      this.#queue.reset();
    }
    this.#handledAt = now;
    const interArrival = this.#interArrival;
    for (let index = 0; index < results.count; index++) {
      const arrivedAt = results.arrivedAt[index] as number;
      if (Number.isNaN(arrivedAt) || !interArrival.handlePacket(results.sentAt[index] as number, arrivedAt)) continue;
      this.#trendline.handleGroup(interArrival.sendDeltaUs, interArrival.arrivalDeltaUs, arrivedAt);
    }
    this.#queue.handleResults(results, now);
    this.#usage = this.#trendline.usage;
    if (this.#usage === "overusing" && !this.#queue.mayExist) this.#usage = "normal";
    if (this.#usage !== "overusing") {
      if (this.#queue.pollOveruse()) this.#usage = "overusing";
      else if (this.#queue.isDraining) this.#usage = "underusing";
    }
    this.#control.update(this.usage, throughputBps, isApplicationLimited, rttMs, now);
  }
}
