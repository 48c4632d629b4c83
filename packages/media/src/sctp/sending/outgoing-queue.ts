import type { Instant } from "../../time/instant.js";
import { Fifo } from "../fifo.js";
import type { SctpConstants } from "../sctp-constants.js";
import type { SctpCounters } from "../sctp-counters.js";
import type { OutgoingMessage } from "./outgoing-message.js";

interface Stream {
  readonly streamId: number;
  readonly waiting: Fifo<OutgoingMessage>;
  /** Extended. */
  nextSsn: number;
  /** Payload that waits, bytes. */
  waitingBytes: number;
  /** It is among those that take turns. */
  isReady: boolean;
}

/**
 * Messages that wait to be sent, in order per stream, the streams in turn; and the account of all that the association holds for
 * sending, those under way included.
 *
 * Messages that must arrive and messages that may be lost have budgets of their own, so that neither kind starves the other. A
 * full budget refuses the first kind; of the second it gives up the oldest that waits on the same stream.
 */
export class OutgoingQueue {
  readonly #constants: SctpConstants;
  readonly #counters: SctpCounters;
  readonly #streams = new Map<number, Stream>();
  readonly #ready = new Fifo<Stream>();
  /** Partly sent: its fragments must follow each other (RFC 9260 §6.9), so that nothing else can go between. */
  #current: OutgoingMessage | undefined;
  #reliableBytes = 0;
  #lossyBytes = 0;
  #waiting = 0;

  constructor(constants: SctpConstants, counters: SctpCounters) {
    this.#constants = constants;
    this.#counters = counters;
  }

  /** All that is held, messages under way and overhead included, bytes. */
  get heldBytes(): number {
    return this.#reliableBytes + this.#lossyBytes;
  }

  get isEmpty(): boolean {
    return this.#waiting === 0 && this.#current === undefined;
  }

  /** Bytes on this stream of which nothing has been sent yet. */
  waitingBytes(streamId: number): number {
    return this.#streams.get(streamId)?.waitingBytes ?? 0;
  }

  /** Everything that was queued on this stream has left at least once. */
  isStreamDone(streamId: number): boolean {
    return (this.#streams.get(streamId)?.waiting.length ?? 0) === 0 && this.#current?.streamId !== streamId;
  }

  /** False when there is no room. `isForced`: for the few messages of the protocol itself. */
  push(message: OutgoingMessage, isForced = false): boolean {
    const stream = this.#stream(message.streamId);
    if (!isForced && !this.#makeRoom(message, stream)) return false;
    this.#account(message, 1);
    stream.waiting.push(message);
    stream.waitingBytes += message.payload.length;
    this.#waiting++;
    this.#markReady(stream);
    return true;
  }

  /** The message whose next fragment is to be sent; those that have expired are given up. */
  next(now: Instant): OutgoingMessage | undefined {
    if (this.#current !== undefined) return this.#current;
    for (let stream = this.#ready.peek(); stream !== undefined; stream = this.#ready.peek()) {
      const message = stream.waiting.peek();
      if (message === undefined) {
        this.#ready.shift();
        stream.isReady = false;
      } else if (message.isExpired(now)) {
        this.#giveUp(stream);
      } else {
        return message;
      }
    }
    return undefined;
  }

  /** `sizeBytes` more of what {@link next} returned have left. */
  advance(message: OutgoingMessage, sizeBytes: number): void {
    if (message.sentBytes === 0) this.#begin(message);
    message.sentBytes += sizeBytes;
    if (message.remainingBytes === 0) this.#current = undefined;
  }

  /** What is left of a partly sent message is not sent. */
  abandonRest(message: OutgoingMessage): void {
    if (this.#current === message) this.#current = undefined;
  }

  /** The peer has the message, or has been told to forget it. */
  release(message: OutgoingMessage): void {
    this.#account(message, -1);
  }

  /** Gives up what waits on this stream. */
  dropStream(streamId: number): void {
    const stream = this.#streams.get(streamId);
    while (stream !== undefined && stream.waiting.length > 0) this.#giveUp(stream);
  }

  /** [RFC6525 §5.2.4] The next message has sequence number 0. */
  resetStream(streamId: number): void {
    const stream = this.#streams.get(streamId);
    if (stream !== undefined) stream.nextSsn = 0;
  }

  /** Forgets everything. */
  clear(): void {
    this.#streams.clear();
    this.#ready.clear();
    this.#current = undefined;
    this.#reliableBytes = 0;
    this.#lossyBytes = 0;
    this.#waiting = 0;
  }

  #begin(message: OutgoingMessage): void {
    const stream = this.#stream(message.streamId);
    this.#shift(stream);
    this.#ready.shift();
    stream.isReady = false;
    if (stream.waiting.length > 0) this.#markReady(stream);
    if (!message.isUnordered) message.ssn = stream.nextSsn++;
    this.#current = message;
  }

  #stream(streamId: number): Stream {
    let stream = this.#streams.get(streamId);
    if (stream === undefined) {
      stream = { streamId, waiting: new Fifo(), nextSsn: 0, waitingBytes: 0, isReady: false };
      this.#streams.set(streamId, stream);
    }
    return stream;
  }

  #markReady(stream: Stream): void {
    if (stream.isReady) return;
    stream.isReady = true;
    this.#ready.push(stream);
  }

  #makeRoom(message: OutgoingMessage, stream: Stream): boolean {
    const costBytes = this.#costBytes(message);
    if (!message.isLossy) return this.#reliableBytes + costBytes <= this.#constants.sendBufferBytes;
    while (this.#lossyBytes + costBytes > this.#constants.lossyBufferBytes) {
      // A stream may carry both kinds; only the lossy ones may go.
      if (stream.waiting.peek()?.isLossy !== true) return false;
      this.#giveUp(stream);
    }
    return true;
  }

  #giveUp(stream: Stream): void {
    const message = this.#shift(stream);
    if (message === undefined) return;
    this.#account(message, -1);
    this.#counters.abandoned++;
  }

  #shift(stream: Stream): OutgoingMessage | undefined {
    const message = stream.waiting.shift();
    if (message === undefined) return undefined;
    stream.waitingBytes -= message.payload.length;
    this.#waiting--;
    return message;
  }

  #account(message: OutgoingMessage, sign: 1 | -1): void {
    if (message.isLossy) this.#lossyBytes += sign * this.#costBytes(message);
    else this.#reliableBytes += sign * this.#costBytes(message);
  }

  #costBytes(message: OutgoingMessage): number {
    return message.payload.length + this.#constants.messageOverheadBytes;
  }
}
