import { Pacer } from "../congestion/pacer.js";
import type { Instant } from "../time/instant.js";

export const PACED_QUEUE = {
  /** Packets that wait at most: a key frame of half a megabyte. */
  capacity: 512,
  /** A packet waits no longer than this, in ms: what is later than that may not be sent again when it gets lost. */
  maxWaitMs: 200,
} as const;

/** A Consumer as the queue knows it. */
export interface PacedSender {
  readonly isForwarding: boolean;
  readonly log: { has(sent: number): boolean; handleDelayed(sent: number, nowMs: number): void };
  /** Sends a packet of its log in the media's own stream. */
  resend(sent: number, byRtx: boolean): boolean;
  /** A packet of it that waited does not leave. */
  handleForgotten(): void;
}

/**
 * Video that waits for its turn, so that a key frame does not flood a receiver's thin link.
 *
 * Nothing is copied: the packet stays where all Consumers find it and is rebuilt when it leaves, as if it were sent again.
 * Audio, retransmissions and whatever goes out while nothing waits pass by. Allocates at the first packet that ever waits.
 */
export class PacedQueue {
  readonly #pacer = new Pacer();
  readonly #senders: (PacedSender | undefined)[] = [];
  #sent: Float64Array | undefined;
  #since: Float64Array | undefined;
  #first = 0;
  #count = 0;
  /** Packets that had to wait, and those for which there was no room: the receiver asks for them again. */
  deferred = 0;
  dropped = 0;

  get count(): number {
    return this.#count;
  }

  /** What the path carries, in bit/s; undefined: unknown, so nothing waits that does not wait already. */
  setEstimate(estimateBps: number | undefined): void {
    this.#pacer.setEstimate(estimateBps);
  }

  /** A packet has left, of whatever kind. */
  handleSent(sizeBytes: number): void {
    this.#pacer.handleSent(sizeBytes);
  }

  /** False: send it now. True: the packet waits, or was dropped; either way the caller does not send it. */
  defer(sender: PacedSender, sent: number, now: Instant): boolean {
    if (this.#count === 0 && this.#pacer.canSend(now)) return false;
    if (this.#count === PACED_QUEUE.capacity) {
      this.dropped++;
      return true;
    }
    this.#sent ??= new Float64Array(PACED_QUEUE.capacity);
    this.#since ??= new Float64Array(PACED_QUEUE.capacity);
    const place = (this.#first + this.#count++) % PACED_QUEUE.capacity;
    this.#senders[place] = sender;
    this.#sent[place] = sent;
    this.#since[place] = now;
    this.deferred++;
    return true;
  }

  /** Sends what has its turn. */
  drain(now: Instant): void {
    while (this.#count > 0) {
      const place = this.#first;
      const isOverdue = now - (this.#since?.[place] ?? now) >= PACED_QUEUE.maxWaitMs * 1000;
      if (!isOverdue && !this.#pacer.canSend(now)) return;
      this.#first = (place + 1) % PACED_QUEUE.capacity;
      this.#count--;
      const sender = this.#senders[place];
      this.#senders[place] = undefined;
      const sent = this.#sent?.[place] ?? -1;
      // Of a flood, what waits may be forgotten already.
      if (sender?.isForwarding !== true || !sender.log.has(sent)) sender?.handleForgotten();
      else if (sender.resend(sent, false)) sender.log.handleDelayed(sent, now / 1000);
    }
  }

  /** It has closed: what waits of it does not leave. */
  forget(sender: PacedSender): void {
    for (let index = 0; index < this.#count; index++) {
      const place = (this.#first + index) % PACED_QUEUE.capacity;
      if (this.#senders[place] === sender) this.#senders[place] = undefined;
    }
  }
}
