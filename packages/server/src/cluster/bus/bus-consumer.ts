import { after, earliest, type Instant } from "@sluice/media";
import type { Delivery } from "./bus-inbox.js";
import { BUS_LIMITS } from "./bus-limits.js";
import type { BusMessage } from "./bus-message.js";
import type { GapQueue } from "./gap-queue.js";

/** One message that is to be handled now; ends in {@link BusConsumer.handleOutcome}. */
export interface Work {
  readonly message: BusMessage;
  readonly lane: number;
  /** Tells it from what the lane had before and after. */
  readonly turn: number;
}

/** What became of messages, since the start. */
export class ConsumerCounters {
  handled = 0;
  /** Failures after which the message comes again. */
  retried = 0;
  /** Given up: their handler failed each time. */
  failed = 0;
  /** Given up: their handler did not end. */
  timedOut = 0;
  /** Given up: they waited too long. */
  expired = 0;
  /** Not taken: there was no room. */
  refused = 0;
}

type LaneState =
  | { readonly type: "idle" }
  | { readonly type: "busy"; readonly turn: number; readonly deadline: Instant }
  | { readonly type: "waiting"; readonly due: Instant };

interface Lane {
  /** The first of them is being handled, unless the lane is idle. */
  readonly deliveries: Delivery[];
  state: LaneState;
  /** Failures of the first. */
  attempts: number;
}

const IDLE: LaneState = { type: "idle" };

/**
 * The bounded worker pool that messages go through. It has lanes; each handles one message at a time, and a sender's messages all go to
 * one lane, so they stay in order while other senders' go on. What fails is tried again after a delay that doubles, with up to half of
 * it left to chance; then it is dropped. When it is full, the oldest that has expired makes room; if none has, what comes is refused.
 * Whatever is lost is counted and told as a gap.
 *
 * Does no I/O: its owner handles what {@link pollWork} returns, says how that ended, and comes again at {@link pollTimeout}.
 */
export class BusConsumer {
  readonly counters = new ConsumerCounters();
  readonly #lanes: readonly Lane[];
  readonly #gaps: GapQueue;
  #count = 0;
  #sizeBytes = 0;
  #turn = 0;
  /** Where {@link pollWork} looks first, so that no lane is served before others for ever. */
  #next = 0;

  /** `lanes`: how many messages may be handled at a time, as a rule the number of cores. */
  constructor(lanes: number, gaps: GapQueue) {
    this.#lanes = Array.from({ length: Math.max(1, lanes) }, () => ({ deliveries: [], state: IDLE, attempts: 0 }));
    this.#gaps = gaps;
  }

  /** Messages that wait or are being handled. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of their payloads. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** False: there was no room for it. */
  push(delivery: Delivery, now: Instant): boolean {
    const { message } = delivery;
    while (!this.#hasRoom(message.payload.length) && this.#dropOldestExpired(now));
    if (!this.#hasRoom(message.payload.length)) {
      this.counters.refused += 1;
      this.#gaps.add(message.channel, message.sender, "dropped");
      return false;
    }
    this.#lanes[hashOf(message.sender) % this.#lanes.length]?.deliveries.push(delivery);
    this.#count += 1;
    this.#sizeBytes += message.payload.length;
    return true;
  }

  /** What a free lane is to do now. */
  pollWork(now: Instant): Work | undefined {
    for (let offset = 0; offset < this.#lanes.length; offset++) {
      const index = (this.#next + offset) % this.#lanes.length;
      const lane = this.#lanes[index] as Lane;
      if (!this.#isFree(lane, now)) continue;
      this.#dropExpiredHeads(lane, now);
      const delivery = lane.deliveries[0];
      if (delivery === undefined) continue;
      this.#next = index + 1;
      this.#turn += 1;
      lane.state = { type: "busy", turn: this.#turn, deadline: after(now, BUS_LIMITS.handlerTimeoutMs) };
      return { message: delivery.message, lane: index, turn: this.#turn };
    }
    return undefined;
  }

  /** `random`: 0 to 1. Of work whose time is over it says nothing new. */
  handleOutcome(work: Work, outcome: "handled" | "failed", now: Instant, random: number): void {
    const lane = this.#lanes[work.lane];
    if (lane?.state.type !== "busy" || lane.state.turn !== work.turn) return;
    if (outcome === "handled") {
      this.counters.handled += 1;
      this.#finish(lane);
      return;
    }
    lane.attempts += 1;
    if (lane.attempts >= BUS_LIMITS.maxAttempts) {
      this.#drop(lane, "failed");
      return;
    }
    this.counters.retried += 1;
    const delayMs = BUS_LIMITS.firstRetryMs * 2 ** (lane.attempts - 1) * (0.5 + random / 2);
    lane.state = { type: "waiting", due: after(now, delayMs) };
  }

  /** When a lane is free again without an outcome: a retry is due, or a handler has had its time. */
  pollTimeout(): Instant | undefined {
    let due: Instant | undefined;
    for (const { state } of this.#lanes) {
      if (state.type === "busy") due = earliest(due, state.deadline);
      if (state.type === "waiting") due = earliest(due, state.due);
    }
    return due;
  }

  #hasRoom(sizeBytes: number): boolean {
    return this.#count < BUS_LIMITS.maxWaiting && this.#sizeBytes + sizeBytes <= BUS_LIMITS.maxWaitingBytes;
  }

  #isFree(lane: Lane, now: Instant): boolean {
    switch (lane.state.type) {
      case "idle":
        return true;
      case "waiting":
        return lane.state.due <= now;
      case "busy":
        if (lane.state.deadline > now) return false;
        this.#drop(lane, "timedOut");
        return true;
    }
  }

  #dropExpiredHeads(lane: Lane, now: Instant): void {
    for (let head = lane.deliveries[0]; head !== undefined && head.expiresAt < now; head = lane.deliveries[0]) {
      this.#drop(lane, "expired");
    }
  }

  /** Of all lanes, but not what is being handled or waits to be tried again. */
  #dropOldestExpired(now: Instant): boolean {
    let oldest: { readonly lane: Lane; readonly index: number; readonly delivery: Delivery } | undefined;
    for (const lane of this.#lanes) {
      for (let index = lane.state.type === "idle" ? 0 : 1; index < lane.deliveries.length; index++) {
        const delivery = lane.deliveries[index] as Delivery;
        if (delivery.expiresAt >= now || (oldest !== undefined && oldest.delivery.expiresAt <= delivery.expiresAt)) continue;
        oldest = { lane, index, delivery };
      }
    }
    if (oldest === undefined) return false;
    oldest.lane.deliveries.splice(oldest.index, 1);
    this.#countLost(oldest.delivery.message, "expired");
    return true;
  }

  #drop(lane: Lane, cause: "failed" | "timedOut" | "expired"): void {
    const head = lane.deliveries[0];
    if (head !== undefined) this.counters[cause] += 1;
    this.#finish(lane);
    if (head !== undefined) this.#gaps.add(head.message.channel, head.message.sender, "dropped");
  }

  #countLost(message: BusMessage, cause: "expired"): void {
    this.counters[cause] += 1;
    this.#count -= 1;
    this.#sizeBytes -= message.payload.length;
    this.#gaps.add(message.channel, message.sender, "dropped");
  }

  #finish(lane: Lane): void {
    const head = lane.deliveries.shift();
    lane.state = IDLE;
    lane.attempts = 0;
    if (head === undefined) return;
    this.#count -= 1;
    this.#sizeBytes -= head.message.payload.length;
  }
}

/** FNV-1a over UTF-16 code units: which lane a sender has need only be spread, not secret. */
function hashOf(text: string): number {
  let hash = 0x811c_9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x0100_0193);
  return hash >>> 0;
}
