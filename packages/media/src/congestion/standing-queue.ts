import { elapsedMs, type Instant } from "../time/instant.js";
import type { FeedbackResults } from "./feedback-results.js";

/** Constants of our own; LiveKit's send-side estimator calls a path with more than 50 ms of queue congested after 400–600 ms. */
export const STANDING_QUEUE = {
  /** Delay is judged by its least value in a window of this length, in ms: a key frame's burst is over by then. */
  windowMs: 300,
  /** More than this above the least delay known, in ms, is a queue, */
  thresholdMs: 100,
  /** when so many windows in a row say it. */
  windows: 2,
  /** It has drained at less than this, in ms. */
  drainedMs: 50,
  /** So long after each decrease, in ms, the queue must have become shorter, */
  trialMs: 3000,
  /** by this much, in ms; otherwise the path itself has become longer. At 85 % of the path's rate 450 ms drain in that time. */
  minDrainMs: 100,
  /** While it drains so much less is sent, as a share, per ms of queue; and at least the other share. */
  drainPerMs: 1 / 3000,
  minDrainShare: 0.5,
  /** What waits less than this above the least delay known, in ms, is no queue, whatever slope jitter and reordering make. */
  leastQueueMs: 10,
  /** The least delay is remembered for one to two times this long, in ms: clocks drift, paths change. */
  memoryMs: 30_000,
} as const;

/**
 * Notices a queue that neither grows nor drains.
 *
 * The trendline sees a queue while it builds up. One that was full before feedback came, or that a sender at just the path's
 * rate keeps full, has no slope: without this it would stay for the whole call.
 */
export class StandingQueue {
  #windowStart: Instant | undefined;
  #windowLeastUs = Number.POSITIVE_INFINITY;
  #leastUs = Number.POSITIVE_INFINITY;
  #previousLeastUs = Number.POSITIVE_INFINITY;
  #memoryStart: Instant | undefined;
  #longWindows = 0;
  #queueMs = 0;
  #drainingSince: Instant | undefined;
  #queueAtTrialMs = 0;
  #isNew = false;
  #mayExist = true;

  /** A queue has been found and is being drained: nothing must grow. */
  get isDraining(): boolean {
    return this.#drainingSince !== undefined;
  }

  /** Every packet that arrived lately has waited: what seems to be a queue may be one. */
  get mayExist(): boolean {
    return this.#mayExist;
  }

  /** What to send of the estimate, 0–1: a second of queue should not take a quarter of a minute to drain. */
  get drainShare(): number {
    if (this.#drainingSince === undefined) return 1;
    return Math.max(STANDING_QUEUE.minDrainShare, 1 - this.#queueMs * STANDING_QUEUE.drainPerMs);
  }

  /** True once for each time that the rate should go down for it. */
  pollOveruse(): boolean {
    const isNew = this.#isNew;
    this.#isNew = false;
    return isNew;
  }

  /** The least delay known, µs; infinite before the first window. */
  get #baseUs(): number {
    return Math.min(this.#leastUs, this.#previousLeastUs);
  }

  /** The receiver's clock was set anew. */
  reset(): void {
    this.#windowLeastUs = Number.POSITIVE_INFINITY;
    this.#forgetBase(Number.POSITIVE_INFINITY);
    this.#end();
  }

  handleResults(results: FeedbackResults, now: Instant): void {
    this.#windowLeastUs = Math.min(this.#windowLeastUs, results.leastDelayUs);
    // Before anything is known, and when nothing arrives, it may.
    const isShort = results.leastDelayUs - this.#baseUs < STANDING_QUEUE.leastQueueMs * 1000;
    this.#mayExist = !(Number.isFinite(this.#baseUs) && isShort);
    this.#windowStart ??= now;
    if (elapsedMs(this.#windowStart, now) < STANDING_QUEUE.windowMs || !Number.isFinite(this.#windowLeastUs)) return;
    const delayUs = this.#windowLeastUs;
    this.#windowStart = now;
    this.#windowLeastUs = Number.POSITIVE_INFINITY;
    this.#remember(delayUs, now);
    this.#queueMs = (delayUs - this.#baseUs) / 1000;
    if (this.#drainingSince === undefined) this.#look(now);
    else this.#drain(this.#drainingSince, delayUs, now);
  }

  #look(now: Instant): void {
    this.#longWindows = this.#queueMs > STANDING_QUEUE.thresholdMs ? this.#longWindows + 1 : 0;
    if (this.#longWindows >= STANDING_QUEUE.windows) this.#begin(now);
  }

  #drain(since: Instant, delayUs: number, now: Instant): void {
    if (this.#queueMs < STANDING_QUEUE.drainedMs) {
      this.#end();
      return;
    }
    if (this.#queueMs - this.#queueAtTrialMs > STANDING_QUEUE.minDrainMs) {
      // It still grows, so the rate was not low enough yet to try anything.
      this.#queueAtTrialMs = this.#queueMs;
      this.#drainingSince = now;
      return;
    }
    if (elapsedMs(since, now) < STANDING_QUEUE.trialMs) return;
    if (this.#queueAtTrialMs - this.#queueMs >= STANDING_QUEUE.minDrainMs) {
      this.#begin(now);
      return;
    }
    this.#forgetBase(delayUs);
    this.#end();
  }

  #begin(now: Instant): void {
    this.#drainingSince = now;
    this.#queueAtTrialMs = this.#queueMs;
    this.#isNew = true;
  }

  #end(): void {
    this.#drainingSince = undefined;
    this.#longWindows = 0;
    this.#queueMs = 0;
  }

  #remember(delayUs: number, now: Instant): void {
    this.#memoryStart ??= now;
    if (elapsedMs(this.#memoryStart, now) > STANDING_QUEUE.memoryMs) {
      this.#memoryStart = now;
      this.#previousLeastUs = this.#leastUs;
      this.#leastUs = Number.POSITIVE_INFINITY;
    }
    if (delayUs < this.#leastUs) this.#leastUs = delayUs;
  }

  #forgetBase(leastUs: number): void {
    this.#leastUs = leastUs;
    this.#previousLeastUs = leastUs;
    this.#memoryStart = undefined;
  }
}
