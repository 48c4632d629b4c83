import { after } from "@sluice/media";
import { SluiceError } from "@sluice/protocol";
import type { Clock } from "../../session/clock.js";
import { DeadlineTimer } from "../../session/deadline-timer.js";
import { BusConsumer, type ConsumerCounters, type Work } from "./bus-consumer.js";
import { BusInbox, type InboxCounters } from "./bus-inbox.js";
import { BUS_LIMITS } from "./bus-limits.js";
import type { BusLink, LinkState } from "./bus-link.js";
import type { BusMessage, BusSubscriber } from "./bus-message.js";
import { BusOutbox, type OutboxCounters } from "./bus-outbox.js";
import type { BusChannel } from "./channel.js";
import { isEpoch, serializeEnvelope } from "./envelope.js";
import { GapQueue } from "./gap-queue.js";
import { MessageAuthenticator } from "./message-authenticator.js";
import { PublishedSequences } from "./published-sequences.js";
import { isUtf8Text } from "./utf8-text.js";

export interface BusOptions {
  /** Unique in the cluster; 1 to `BUS_LIMITS.maxNodeIdBytes` bytes. */
  readonly nodeId: string;
  /**
   * Of this start of the node: higher than at all starts before, 0 to 2^48 - 1. A number that the registry's store counts up is best;
   * Unix time in ms does as long as nobody sets the clock back.
   */
  readonly epoch: number;
  /** What all nodes share, at least `BUS_LIMITS.minSecretBytes` bytes; the first signs, all verify. */
  readonly secrets: readonly string[];
  readonly link: BusLink;
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  /** Messages handled at a time: the number of cores. */
  readonly lanes: number;
  /** Whether the registry knows a node's session; by default everybody with the secret is heard. */
  readonly isKnownSession?: (nodeId: string, epoch: number) => boolean;
  /** After each change. */
  readonly onState?: (state: LinkState) => void;
  /** For the log: a subscriber failed, and the message comes again or is dropped. */
  readonly onFailure?: (error: unknown, message: BusMessage) => void;
}

/** What the bus has and did, for metrics. */
export interface BusReadings {
  readonly isConnected: boolean;
  readonly interruptions: number;
  readonly subscriptions: number;
  readonly waiting: number;
  readonly waitingBytes: number;
  readonly outbox: number;
  readonly outboxBytes: number;
  readonly inboxCounters: Readonly<InboxCounters>;
  readonly consumerCounters: Readonly<ConsumerCounters>;
  readonly outboxCounters: Readonly<OutboxCounters>;
}

/**
 * What nodes say to each other, fast and of the moment: messages on channels, authentic, in each sender's order, at most
 * a few seconds old. What is lost is never silent for long: whoever listens is told of a gap and takes a snapshot. Truth is in the registry.
 *
 * Drives the parts that do no I/O: one input, then everything that follows from it, then the next.
 */
export class Bus {
  readonly #options: BusOptions;
  readonly #authenticator: MessageAuthenticator;
  readonly #gaps = new GapQueue();
  readonly #inbox: BusInbox;
  readonly #consumer: BusConsumer;
  readonly #outbox = new BusOutbox();
  readonly #sequences = new PublishedSequences();
  readonly #subscribers = new Map<BusChannel, BusSubscriber>();
  readonly #timer: DeadlineTimer;
  readonly #bornAt;
  #interruptions = 0;
  #isDraining = false;
  #isClosed = false;

  /** `SluiceError` `invalidArgument`: an id, epoch or secret that none can be. */
  constructor(options: BusOptions) {
    const { nodeId, epoch, secrets, clock, lanes, isKnownSession } = options;
    if (!isUtf8Text(nodeId, BUS_LIMITS.maxNodeIdBytes)) {
      throw new SluiceError("invalidArgument", `a node's id has 1 to ${BUS_LIMITS.maxNodeIdBytes} bytes of UTF-8`);
    }
    if (!isEpoch(epoch)) throw new SluiceError("invalidArgument", "a node's epoch is a whole number below 2^48");
    this.#options = options;
    this.#authenticator = new MessageAuthenticator(secrets);
    this.#bornAt = clock.now();
    this.#inbox = new BusInbox({
      nodeId,
      epoch,
      authenticator: this.#authenticator,
      gaps: this.#gaps,
      ...(isKnownSession && { isKnownSession }),
    });
    this.#consumer = new BusConsumer(lanes, this.#gaps);
    this.#timer = new DeadlineTimer(clock, () => this.#drain());
  }

  get state(): LinkState {
    return this.#options.link.state;
  }

  /**
   * `wait`: keep trying. Otherwise `SluiceError` `unavailable` when the broker cannot be reached, and the bus is good for nothing more.
   */
  async open(wait = false): Promise<void> {
    await this.#options.link.open(
      {
        handleConnected: () => this.#handleConnected(),
        handleInterrupted: (cause) => this.#handleInterrupted(cause),
        handleSubscribed: (channel) => {
          if (this.#subscribers.has(channel as BusChannel)) this.#gaps.add(channel as BusChannel, undefined, "subscribed");
          this.#drain();
        },
        handleAccepted: () => {
          this.#outbox.handleAccepted();
          this.#drain();
        },
        handleBytes: (channel, bytes) => this.#handleBytes(channel as BusChannel, bytes),
      },
      wait,
    );
  }

  /**
   * Says `payload` to everybody who listens to `channel`, but this node. False: it is too large, or the bus is closed. True is no
   * promise: what waits for a broker that is away is dropped after `ttlMs` (0 to `BUS_LIMITS.maxTtlMs`), or when too much waits, and its
   * listeners are told of a gap.
   */
  publish(channel: BusChannel, payload: Uint8Array, ttlMs: number = BUS_LIMITS.defaultTtlMs): boolean {
    if (this.#isClosed || payload.length > BUS_LIMITS.maxPayloadBytes) {
      this.#outbox.counters.refused += 1;
      return false;
    }
    this.#push("message", channel, payload, Math.min(Math.max(0, Math.ceil(ttlMs)), BUS_LIMITS.maxTtlMs));
    this.#drain();
    return true;
  }

  /**
   * Hears what others say on `channel`. The gap `subscribed` says that the subscription stands: what is snapshotted after it, and heard
   * since, is everything. A second subscriber takes the first one's place. `SluiceError` `resourceExhausted`: too many channels.
   */
  subscribe(channel: BusChannel, subscriber: BusSubscriber): void {
    if (!this.#subscribers.has(channel) && this.#subscribers.size >= BUS_LIMITS.maxSubscriptions) {
      throw new SluiceError("resourceExhausted", `a node listens to at most ${BUS_LIMITS.maxSubscriptions} channels`);
    }
    this.#subscribers.set(channel, subscriber);
    this.#options.link.subscribe(channel);
  }

  /** What waits to be handled is forgotten with it. */
  unsubscribe(channel: BusChannel): void {
    if (!this.#subscribers.delete(channel)) return;
    this.#options.link.unsubscribe(channel);
    this.#inbox.forget(channel);
  }

  readings(): BusReadings {
    return {
      isConnected: this.state.type === "connected",
      interruptions: this.#interruptions,
      subscriptions: this.#subscribers.size,
      waiting: this.#consumer.count,
      waitingBytes: this.#consumer.sizeBytes,
      outbox: this.#outbox.count,
      outboxBytes: this.#outbox.sizeBytes,
      inboxCounters: this.#inbox.counters,
      consumerCounters: this.#consumer.counters,
      outboxCounters: this.#outbox.counters,
    };
  }

  /** Nothing is handled afterwards; what has not left is lost. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer.set(undefined);
    this.#subscribers.clear();
    await this.#options.link.close();
    this.#options.onState?.(this.state);
  }

  #handleConnected(): void {
    this.#outbox.handleConnected();
    this.#gaps.addEverywhere(this.#interruptions === 0 ? "subscribed" : "reconnected");
    this.#options.onState?.(this.state);
    this.#drain();
  }

  #handleInterrupted(_cause: string): void {
    this.#interruptions += 1;
    this.#outbox.handleInterrupted();
    this.#options.onState?.(this.state);
    this.#drain();
  }

  #handleBytes(channel: BusChannel, bytes: Uint8Array): void {
    const now = this.#options.clock.now();
    if (!this.#subscribers.has(channel)) {
      this.#inbox.counters.received += 1;
      this.#inbox.counters.wrongChannel += 1;
      return;
    }
    const delivery = this.#inbox.handleBytes(channel, bytes, now);
    if (delivery !== undefined) this.#consumer.push(delivery, now);
    this.#drain();
  }

  #push(kind: "message" | "mark", channel: BusChannel, payload: Uint8Array, ttlMs: number): void {
    const { nodeId: sender, epoch, clock } = this.#options;
    const now = clock.now();
    const sentAtMs = Math.floor((now - this.#bornAt) / 1000);
    const envelope = { kind, sender, epoch, sentAtMs, ttlMs, channel, payload, ...this.#sequences.next(channel) };
    this.#outbox.push({ channel, bytes: serializeEnvelope(envelope, this.#authenticator), expiresAt: after(now, ttlMs) }, now);
  }

  /** Everything that follows from an input. A subscriber may publish meanwhile: that is drained in the same loop. */
  #drain(): void {
    if (this.#isDraining || this.#isClosed) return;
    this.#isDraining = true;
    try {
      // Gaps come before what is handled after them, and looking for work may find that some has run out of time.
      while (this.#send() || this.#mark() || this.#tellGaps() || this.#work() || this.#tellGaps());
    } finally {
      this.#isDraining = false;
    }
    // Closed by a subscriber.
    if (this.#isClosed) return;
    this.#timer.set(this.#consumer.pollTimeout());
  }

  #send(): boolean {
    const message = this.#outbox.pollSend(this.#options.clock.now());
    if (message === undefined) return false;
    this.#options.link.publish(message.channel, message.bytes);
    return true;
  }

  #mark(): boolean {
    const channel = this.#outbox.pollSilenced();
    if (channel === undefined) return false;
    this.#outbox.counters.marks += 1;
    this.#push("mark", channel, new Uint8Array(0), BUS_LIMITS.maxTtlMs);
    return true;
  }

  #tellGaps(): boolean {
    const gaps = this.#gaps.pollGaps(this.#subscribers.keys());
    for (const gap of gaps) this.#subscribers.get(gap.channel)?.handleGap(gap);
    return gaps.length > 0;
  }

  #work(): boolean {
    const work = this.#consumer.pollWork(this.#options.clock.now());
    if (work === undefined) return false;
    try {
      // Whoever has unsubscribed hears nothing more.
      const result = this.#subscribers.get(work.message.channel)?.handleMessage(work.message);
      if (result instanceof Promise) {
        result.then(
          () => this.#settle(work, "handled"),
          (error: unknown) => this.#fail(work, error),
        );
        return true;
      }
      this.#end(work, "handled");
    } catch (error) {
      this.#options.onFailure?.(error, work.message);
      this.#end(work, "failed");
    }
    return true;
  }

  #fail(work: Work, error: unknown): void {
    this.#options.onFailure?.(error, work.message);
    this.#settle(work, "failed");
  }

  #settle(work: Work, outcome: "handled" | "failed"): void {
    this.#end(work, outcome);
    this.#drain();
  }

  #end(work: Work, outcome: "handled" | "failed"): void {
    this.#consumer.handleOutcome(work, outcome, this.#options.clock.now(), this.#options.random());
  }
}
