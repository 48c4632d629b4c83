import { after, earliest, type Instant } from "@sluice/media";
import type { WebhookEventName } from "./webhook-events.js";

/** One event on its way to one receiver. */
export interface Delivery {
  /** Name of the room: a room that comes again under its name comes after the one before it. */
  readonly room: string;
  readonly event: WebhookEventName;
  readonly id: string;
  readonly body: string;
}

/** How one attempt ended: taken; not taken but perhaps later; never. */
export type Outcome = "delivered" | "failed" | "refused";

/** Of one receiver; they only grow. */
export interface WebhookCounters {
  delivered: number;
  retried: number;
  dropped: number;
}

/** Requests to one receiver at a time, of different rooms. */
export const MAX_IN_FLIGHT = 16;
/** Deliveries that wait for one receiver, of one room and of all. */
export const MAX_QUEUED_PER_ROOM = 1_000;
export const MAX_QUEUED = 10_000;
/** Characters of their bodies. */
export const MAX_QUEUED_LENGTH = 33_554_432;
/** With the delays below the last attempt is about 2 min after the first. */
export const MAX_ATTEMPTS = 10;
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 30_000;

interface RoomQueue {
  readonly deliveries: Delivery[];
  /** Of the first of them. */
  attempts: number;
}

/**
 * What one receiver is still to hear. Deliveries of a room leave in order, the next when the one before it was taken or given up;
 * rooms do not wait for each other. What fails is tried again after a delay that doubles, with up to half of it left to chance, so
 * that many rooms do not come back at the same moment. When it is full, what comes is dropped.
 */
export class WebhookQueue {
  readonly counters: WebhookCounters = { delivered: 0, retried: 0, dropped: 0 };
  readonly #rooms = new Map<string, RoomQueue>();
  /** Rooms whose first delivery may leave, in the order in which they are served. */
  readonly #ready = new Set<string>();
  /** Rooms whose first delivery has failed, and when it is tried again. */
  readonly #waiting = new Map<string, Instant>();
  /** The earliest of them or earlier. */
  #nextRetry: Instant | undefined;
  #inFlight = 0;
  #count = 0;
  #length = 0;

  /** Deliveries that wait or are on their way. */
  get count(): number {
    return this.#count;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** False: there was no room for it. */
  push(delivery: Delivery): boolean {
    const { room, body } = delivery;
    const queue = this.#rooms.get(room) ?? { deliveries: [], attempts: 0 };
    const isFull = this.#count >= MAX_QUEUED || this.#length + body.length > MAX_QUEUED_LENGTH;
    if (isFull || queue.deliveries.length >= MAX_QUEUED_PER_ROOM) {
      this.counters.dropped += 1;
      return false;
    }
    this.#count += 1;
    this.#length += body.length;
    if (queue.deliveries.push(delivery) === 1) {
      this.#rooms.set(room, queue);
      this.#ready.add(room);
    }
    return true;
  }

  /** What is to be sent now; each of them ends in {@link handleOutcome}. */
  pollDeliveries(now: Instant): Delivery[] {
    this.#wake(now);
    const deliveries: Delivery[] = [];
    for (const room of this.#ready) {
      if (this.#inFlight >= MAX_IN_FLIGHT) break;
      const delivery = this.#rooms.get(room)?.deliveries[0];
      this.#ready.delete(room);
      if (delivery === undefined) continue;
      this.#inFlight += 1;
      deliveries.push(delivery);
    }
    return deliveries;
  }

  /** `random`: 0 to 1. */
  handleOutcome({ room }: Delivery, outcome: Outcome, now: Instant, random: number): "delivered" | "retried" | "dropped" {
    this.#inFlight -= 1;
    const queue = this.#rooms.get(room);
    if (queue === undefined) return "dropped";
    queue.attempts += 1;
    if (outcome === "failed" && queue.attempts < MAX_ATTEMPTS) {
      const due = after(now, retryDelayMs(queue.attempts, random));
      this.#waiting.set(room, due);
      this.#nextRetry = earliest(this.#nextRetry, due);
      this.counters.retried += 1;
      return "retried";
    }
    this.#next(room, queue);
    const result = outcome === "delivered" ? "delivered" : "dropped";
    this.counters[result] += 1;
    return result;
  }

  /** No time is left for waiting: whatever failed before may leave at once. */
  hurry(): void {
    for (const room of this.#waiting.keys()) this.#ready.add(room);
    this.#waiting.clear();
    this.#nextRetry = undefined;
  }

  /** Nothing leaves any more; returns how many were left, those on their way included. */
  abandon(): number {
    const left = this.#count;
    this.counters.dropped += left;
    this.#rooms.clear();
    this.#ready.clear();
    this.#waiting.clear();
    this.#nextRetry = undefined;
    this.#count = 0;
    this.#length = 0;
    return left;
  }

  /** When the next retry is due; more can leave also whenever one has ended. */
  pollTimeout(): Instant | undefined {
    return this.#nextRetry;
  }

  #wake(now: Instant): void {
    if (this.#nextRetry === undefined || this.#nextRetry > now) return;
    this.#nextRetry = undefined;
    for (const [room, due] of this.#waiting) {
      if (due <= now) {
        this.#waiting.delete(room);
        this.#ready.add(room);
      } else {
        this.#nextRetry = earliest(this.#nextRetry, due);
      }
    }
  }

  /** The first delivery of a room is done with. */
  #next(room: string, queue: RoomQueue): void {
    const done = queue.deliveries.shift();
    this.#count -= 1;
    this.#length -= done?.body.length ?? 0;
    queue.attempts = 0;
    if (queue.deliveries.length > 0) this.#ready.add(room);
    else this.#rooms.delete(room);
  }
}

/** After so many attempts that failed. */
function retryDelayMs(attempts: number, random: number): number {
  return Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (attempts - 1)) * (0.5 + random / 2);
}
