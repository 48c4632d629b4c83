import { after, type Instant } from "@sluice/media";
import { BUS_LIMITS } from "./bus-limits.js";
import type { BusMessage } from "./bus-message.js";
import type { BusChannel } from "./channel.js";
import { type Envelope, parseEnvelope } from "./envelope.js";
import type { GapQueue } from "./gap-queue.js";
import type { MessageAuthenticator } from "./message-authenticator.js";
import { SenderClock } from "./sender-clock.js";
import { type ForgottenStream, type Stream, StreamTable } from "./stream-table.js";

/** A message that may be handled until `expiresAt`. */
export interface Delivery {
  readonly message: BusMessage;
  readonly expiresAt: Instant;
}

export interface InboxOptions {
  readonly nodeId: string;
  readonly epoch: number;
  readonly authenticator: MessageAuthenticator;
  /** Told what is missing. */
  readonly gaps: GapQueue;
  /**
   * Whether the registry knows a session; asked at its first message, and again until it is so. By default everybody with the secret
   * is known.
   */
  readonly isKnownSession?: (nodeId: string, epoch: number) => boolean;
}

/** What came from the broker, since the start. */
export class InboxCounters {
  received = 0;
  accepted = 0;
  marks = 0;
  /** Of this session of our own: a node hears what it says. */
  own = 0;
  oversized = 0;
  malformed = 0;
  foreignVersion = 0;
  /** Signed with none of our secrets, or changed on the way. */
  unauthenticated = 0;
  /** Signed for another channel than it came by, or for one that nobody listens to. */
  wrongChannel = 0;
  /** Under our id, from another session: one before this, or a node that was given the same id. */
  sameNodeId = 0;
  /** Of a session that its sender has ended. */
  staleEpoch = 0;
  /** Of a session that the registry does not know. */
  unknownSession = 0;
  /** Heard before, or overtaken by a later one of its sender. */
  duplicate = 0;
  expired = 0;
  gaps = 0;
}

interface Sender {
  readonly epoch: number;
  readonly clock: SenderClock;
  /** Up to here streams were forgotten: what is not above may have been heard. */
  forgotten: number;
}

/**
 * Decides which of the bytes that come by the broker are messages: authentic, of the sender's current session, not heard before, in the
 * sender's order on that channel, and not expired. A message that is missing is a gap; one that comes after a later one is dropped,
 * because whoever was told of the gap knows more than it says. So replayed and reordered messages change nothing.
 */
export class BusInbox {
  readonly counters = new InboxCounters();
  readonly #options: InboxOptions;
  readonly #streams = new StreamTable();
  /** The one that was longest unheard first. */
  readonly #senders = new Map<string, Sender>();

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  /** `channel`: the one it came by. */
  handleBytes(channel: BusChannel, bytes: Uint8Array, now: Instant): Delivery | undefined {
    this.counters.received += 1;
    const envelope = parseEnvelope(bytes, this.#options.authenticator);
    if (typeof envelope === "string") {
      this.counters[envelope] += 1;
      return undefined;
    }
    if (envelope.channel !== channel) {
      this.counters.wrongChannel += 1;
      return undefined;
    }
    if (envelope.sender === this.#options.nodeId) {
      this.counters[envelope.epoch === this.#options.epoch ? "own" : "sameNodeId"] += 1;
      return undefined;
    }
    const sender = this.#admit(envelope, now);
    return sender === undefined || !this.#isNext(envelope, sender) ? undefined : this.#deliver(envelope, sender, now);
  }

  /** Nobody listens to it any more. */
  forget(channel: BusChannel): void {
    this.#remember(this.#streams.forget(channel));
  }

  #admit({ sender: id, epoch }: Envelope, now: Instant): Sender | undefined {
    let sender = this.#senders.get(id);
    if (sender !== undefined && epoch < sender.epoch) {
      this.counters.staleEpoch += 1;
      return undefined;
    }
    if (sender === undefined || epoch > sender.epoch) {
      if (this.#options.isKnownSession?.(id, epoch) === false) {
        this.counters.unknownSession += 1;
        return undefined;
      }
      sender = { epoch, clock: new SenderClock(now), forgotten: 0 };
    }
    this.#senders.delete(id);
    this.#senders.set(id, sender);
    if (this.#senders.size > BUS_LIMITS.maxSenders) {
      const [oldest] = this.#senders.keys();
      if (oldest !== undefined) this.#senders.delete(oldest);
    }
    return sender;
  }

  /** Whether it is later than all before it; tells of the gap before it, if there is one. */
  #isNext(envelope: Envelope, sender: Sender): boolean {
    const { channel, sender: id, epoch, sequence } = envelope;
    const stream = this.#streams.get(channel, id);
    const isHeard = stream === undefined ? sequence <= sender.forgotten : isAtOrAfter(stream, epoch, sequence);
    if (isHeard) {
      this.counters.duplicate += 1;
      return false;
    }
    if (stream !== undefined && stream.epoch < epoch) this.#addGap(envelope, "restarted");
    else if (envelope.previousSequence !== (stream?.sequence ?? 0)) this.#addGap(envelope, "missing");
    this.#remember(this.#streams.set(channel, id, { epoch, sequence }));
    return true;
  }

  #deliver(envelope: Envelope, sender: Sender, now: Instant): Delivery | undefined {
    const ageMs = sender.clock.handleArrival(envelope.sentAtMs, now);
    if (envelope.kind === "mark") {
      this.counters.marks += 1;
      return undefined;
    }
    if (ageMs > envelope.ttlMs) {
      this.counters.expired += 1;
      this.#addGap(envelope, "dropped");
      return undefined;
    }
    this.counters.accepted += 1;
    const { channel, sender: id, epoch, sequence, payload } = envelope;
    return { message: { channel, sender: id, epoch, sequence, payload }, expiresAt: after(now, envelope.ttlMs - ageMs) };
  }

  #addGap({ channel, sender }: Envelope, cause: "missing" | "restarted" | "dropped"): void {
    this.counters.gaps += 1;
    this.#options.gaps.add(channel, sender, cause);
  }

  /** Where a stream is not remembered, its sender's highest number stands for it. */
  #remember(streams: readonly ForgottenStream[]): void {
    for (const { sender: id, epoch, sequence } of streams) {
      const sender = this.#senders.get(id);
      if (sender?.epoch === epoch) sender.forgotten = Math.max(sender.forgotten, sequence);
    }
  }
}

function isAtOrAfter(stream: Stream, epoch: number, sequence: number): boolean {
  return stream.epoch > epoch || (stream.epoch === epoch && stream.sequence >= sequence);
}
