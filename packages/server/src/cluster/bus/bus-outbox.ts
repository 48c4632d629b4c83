import type { Instant } from "@sluice/media";
import { BUS_LIMITS } from "./bus-limits.js";
import type { BusChannel } from "./channel.js";

/** A sealed message on its way to the broker. */
export interface OutboundMessage {
  readonly channel: BusChannel;
  readonly bytes: Uint8Array;
  readonly expiresAt: Instant;
}

/** What became of messages of our own, since the start. */
export class OutboxCounters {
  /** The broker has them. */
  published = 0;
  /** Sent again after a connection was lost: whether they had arrived is not known. */
  resent = 0;
  /** Dropped, the oldest first, because there was no room. */
  overflowed = 0;
  /** Dropped because they waited too long. */
  expired = 0;
  /** Of marks, for channels whose last message was dropped. */
  marks = 0;
  /** Not taken: larger than a message may be. */
  refused = 0;
}

/**
 * Messages of our own until the broker has them, in their order. When the connection is lost, what it has not confirmed is sent again
 * (at least once; listeners drop the second). While the broker is away they wait here, bounded: the expired go first, then the oldest.
 */
export class BusOutbox {
  readonly counters = new OutboxCounters();
  /** Those in flight first. */
  #messages: OutboundMessage[] = [];
  #inFlight = 0;
  #sizeBytes = 0;
  #isConnected = false;
  /** Their last message was dropped, and nothing that came after it tells so. */
  readonly #silenced = new Set<BusChannel>();

  get count(): number {
    return this.#messages.length;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  push(message: OutboundMessage, now: Instant): void {
    if (!this.#hasRoom(message)) this.#dropUnsent((waiting) => waiting.expiresAt < now, "expired", Number.POSITIVE_INFINITY);
    while (!this.#hasRoom(message) && this.#dropUnsent(() => true, "overflowed", 1) > 0);
    this.#messages.push(message);
    this.#sizeBytes += message.bytes.length;
    this.#silenced.delete(message.channel);
  }

  /** What may go to the broker now; each ends in {@link handleAccepted} or {@link handleInterrupted}. */
  pollSend(now: Instant): OutboundMessage | undefined {
    if (!this.#isConnected || this.#inFlight >= BUS_LIMITS.maxInFlight) return undefined;
    for (let message = this.#messages[this.#inFlight]; message !== undefined; message = this.#messages[this.#inFlight]) {
      if (message.expiresAt >= now) {
        this.#inFlight += 1;
        return message;
      }
      this.#dropUnsent((waiting) => waiting.expiresAt < now, "expired", Number.POSITIVE_INFINITY);
    }
    return undefined;
  }

  /** A channel whose listeners do not know that they missed something; there is one only when nothing else waits. */
  pollSilenced(): BusChannel | undefined {
    if (!this.#isConnected || this.#messages.length > this.#inFlight) return undefined;
    const [channel] = this.#silenced;
    if (channel !== undefined) this.#silenced.delete(channel);
    return channel;
  }

  handleConnected(): void {
    this.#isConnected = true;
  }

  /** The broker has the oldest of those in flight. */
  handleAccepted(): void {
    if (this.#inFlight === 0) return;
    this.counters.published += 1;
    this.#inFlight -= 1;
    this.#sizeBytes -= this.#messages.shift()?.bytes.length ?? 0;
  }

  handleInterrupted(): void {
    this.#isConnected = false;
    this.counters.resent += this.#inFlight;
    this.#inFlight = 0;
  }

  #hasRoom({ bytes }: OutboundMessage): boolean {
    return this.#messages.length < BUS_LIMITS.maxOutbox && this.#sizeBytes + bytes.length <= BUS_LIMITS.maxOutboxBytes;
  }

  /** Drops up to `count` of those not in flight, the oldest first; returns how many. */
  #dropUnsent(isDropped: (message: OutboundMessage) => boolean, cause: "expired" | "overflowed", count: number): number {
    let dropped = 0;
    const silenced: BusChannel[] = [];
    this.#messages = this.#messages.filter((message, index) => {
      if (index < this.#inFlight || dropped >= count || !isDropped(message)) return true;
      dropped += 1;
      this.#sizeBytes -= message.bytes.length;
      silenced.push(message.channel);
      return false;
    });
    this.counters[cause] += dropped;
    this.#addSilenced(silenced);
    return dropped;
  }

  #addSilenced(channels: readonly BusChannel[]): void {
    for (const channel of channels) {
      if (this.#silenced.size >= BUS_LIMITS.maxOutbox) return;
      this.#silenced.add(channel);
    }
  }
}
