import { after, type Instant } from "../time/instant.js";
import { Fifo } from "./fifo.js";
import type { AssociationParameters } from "./handshake/association-parameters.js";
import type { DataReceiver } from "./receiving/data-receiver.js";
import type { DataSender } from "./sending/data-sender.js";
import type { OutgoingQueue } from "./sending/outgoing-queue.js";
import { extendTsn } from "./serial-number.js";
import { CHUNK } from "./wire/chunk.js";
import { serializeChunk } from "./wire/packet-writer.js";
import { RESET_RESULT, type ReConfigParameter, serializeReConfigParameter } from "./wire/re-config-chunk.js";

/** Streams that one request names; more wait for the next. */
const MAX_STREAMS_PER_REQUEST = 64;

/** Responses that wait for a packet; an honest peer has one request open. */
const MAX_WAITING_RESPONSES = 4;

/** `outgoing`: ours, the peer knows; `incoming`: the peer's. No ids: all of them. */
export interface StreamResetEvent {
  readonly type: "outgoingReset" | "incomingReset";
  readonly streamIds: readonly number[];
}

interface OpenRequest {
  readonly sequenceNumber: number;
  readonly responseSequenceNumber: number;
  readonly lastTsn: number;
  /** As sent: a repetition must be the same. */
  readonly streamIds: readonly number[];
  /** Those of them that the peer is not yet known to have reset. */
  readonly remaining: Set<number>;
}

type IncomingRequest = Extract<ReConfigParameter, { readonly type: "outgoingReset" }>;

/** Takes streams back to sequence number 0, which is how a data channel closes (RFC 6525, RFC 8831 §6.7). */
export class StreamReset {
  readonly #queue: OutgoingQueue;
  readonly #sender: DataSender;
  readonly #receiver: DataReceiver;
  readonly #parameters: AssociationParameters;
  readonly #emit: (event: StreamResetEvent) => void;
  /** Streams of ours that are to be reset when all that is queued on them has left. */
  readonly #wanted = new Set<number>();
  #request: OpenRequest | undefined;
  #nextSequenceNumber: number;
  #isRequestDue = false;
  #retryAt: Instant | undefined;
  /** Of the peer's next request, extended. */
  #expectedSequenceNumber: number;
  #lastResult: number | undefined;
  /** Of the peer's last request for a reset of ours. */
  #askedSequenceNumber: number;
  /** A request of the peer that came before the data that it speaks of. */
  #deferred: IncomingRequest | undefined;
  readonly #responses = new Fifo<Uint8Array>();

  constructor(
    queue: OutgoingQueue,
    sender: DataSender,
    receiver: DataReceiver,
    parameters: AssociationParameters,
    emit: (event: StreamResetEvent) => void,
  ) {
    this.#queue = queue;
    this.#sender = sender;
    this.#receiver = receiver;
    this.#parameters = parameters;
    this.#emit = emit;
    this.#nextSequenceNumber = parameters.localInitialTsn;
    this.#expectedSequenceNumber = parameters.peerInitialTsn;
    this.#askedSequenceNumber = parameters.peerInitialTsn - 1;
  }

  /** Resets an outgoing stream once its messages have left. */
  request(streamId: number): void {
    this.#wanted.add(streamId);
  }

  /** The peer behaves as one that has reset this stream of ours: its response is under way or lost. False: it was not asked to. */
  assumePerformed(streamId: number): boolean {
    if (this.#request?.remaining.delete(streamId) !== true) return false;
    this.#queue.resetStream(streamId);
    return true;
  }

  handleParameter(parameter: ReConfigParameter): void {
    switch (parameter.type) {
      case "response":
        this.#handleResponse(parameter.sequenceNumber, parameter.result);
        return;
      case "outgoingReset":
        if (this.#isNext(parameter.sequenceNumber)) this.#handleOutgoingReset(parameter);
        return;
      case "incomingReset":
        if (this.#isNext(parameter.sequenceNumber)) this.#handleIncomingReset(parameter.sequenceNumber, parameter.streamIds);
        return;
      case "other":
        if (this.#isNext(parameter.sequenceNumber)) this.#settle(parameter.sequenceNumber, RESET_RESULT.denied);
        return;
    }
  }

  /** More data has arrived: perhaps what a request waits for. */
  handleProgress(): void {
    if (this.#deferred !== undefined && this.#isComplete(this.#deferred)) this.#perform(this.#deferred);
  }

  pollTimeout(): Instant | undefined {
    return this.#retryAt;
  }

  /** True when a request has not been answered in time. */
  handleTimeout(now: Instant): boolean {
    if (this.#retryAt === undefined || this.#retryAt > now) return false;
    this.#retryAt = undefined;
    this.#isRequestDue = this.#request !== undefined;
    return this.#isRequestDue;
  }

  /** The next RE-CONFIG chunk to send. */
  pollChunk(now: Instant): Uint8Array | undefined {
    const response = this.#responses.shift();
    if (response !== undefined) return serializeChunk(CHUNK.reConfig, response);
    if (this.#request === undefined) this.#createRequest();
    if (this.#request === undefined || !this.#isRequestDue) return undefined;
    this.#isRequestDue = false;
    this.#retryAt = after(now, this.#sender.timeout.ms);
    return serializeChunk(CHUNK.reConfig, serializeReConfigParameter({ type: "outgoingReset", ...this.#request }));
  }

  #createRequest(): void {
    if (this.#wanted.size === 0) return;
    const streamIds: number[] = [];
    for (const streamId of this.#wanted) {
      if (!this.#queue.isStreamDone(streamId)) continue;
      streamIds.push(streamId);
      this.#wanted.delete(streamId);
      if (streamIds.length === MAX_STREAMS_PER_REQUEST) break;
    }
    if (streamIds.length === 0) return;
    this.#request = {
      sequenceNumber: this.#nextSequenceNumber++,
      responseSequenceNumber: this.#askedSequenceNumber,
      lastTsn: this.#sender.lastTsn,
      streamIds,
      remaining: new Set(streamIds),
    };
    this.#isRequestDue = true;
  }

  #handleResponse(sequenceNumber: number, result: number): void {
    const request = this.#request;
    if (request === undefined || request.sequenceNumber >>> 0 !== sequenceNumber) return;
    // [RFC6525 §5.2.7] Asked again when the timer runs out.
    if (result === RESET_RESULT.inProgress) return;
    this.#request = undefined;
    this.#retryAt = undefined;
    this.#isRequestDue = false;
    const streamIds = [...request.remaining];
    if (streamIds.length === 0) return;
    if (result === RESET_RESULT.performed || result === RESET_RESULT.nothingToDo) {
      for (const streamId of streamIds) this.#queue.resetStream(streamId);
    }
    // A peer that refuses does not keep the channel open.
    this.#emit({ type: "outgoingReset", streamIds });
  }

  /** [RFC6525 §5.2.1] Whether it is the request that we wait for; one that came before gets its answer again, others are refused. */
  #isNext(wireSequenceNumber: number): boolean {
    const sequenceNumber = extendTsn(wireSequenceNumber, this.#expectedSequenceNumber);
    if (sequenceNumber === this.#expectedSequenceNumber) return true;
    const isLast = sequenceNumber === this.#expectedSequenceNumber - 1;
    this.#respond(
      wireSequenceNumber,
      isLast && this.#lastResult !== undefined ? this.#lastResult : RESET_RESULT.badSequenceNumber,
    );
    return false;
  }

  #handleOutgoingReset(request: IncomingRequest): void {
    if (request.streamIds.some((streamId) => streamId >= this.#parameters.inboundStreams)) {
      this.#settle(request.sequenceNumber, RESET_RESULT.wrongSsn);
    } else if (this.#isComplete(request)) {
      this.#perform(request);
    } else {
      this.#deferred = request;
      this.#respond(request.sequenceNumber, RESET_RESULT.inProgress);
    }
  }

  #handleIncomingReset(sequenceNumber: number, streamIds: readonly number[]): void {
    const isPossible = streamIds.length > 0 && streamIds.every((streamId) => streamId < this.#parameters.outboundStreams);
    if (isPossible) {
      for (const streamId of streamIds) this.#wanted.add(streamId);
      this.#askedSequenceNumber = sequenceNumber;
    }
    this.#settle(sequenceNumber, isPossible ? RESET_RESULT.performed : RESET_RESULT.denied);
  }

  #isComplete({ lastTsn }: IncomingRequest): boolean {
    return extendTsn(lastTsn, this.#receiver.cumulativeTsn) <= this.#receiver.cumulativeTsn;
  }

  #perform({ sequenceNumber, streamIds }: IncomingRequest): void {
    this.#deferred = undefined;
    this.#receiver.resetStreams(streamIds);
    this.#settle(sequenceNumber, RESET_RESULT.performed);
    this.#emit({ type: "incomingReset", streamIds });
  }

  /** This request is done with; the next one is waited for. */
  #settle(sequenceNumber: number, result: number): void {
    this.#expectedSequenceNumber++;
    this.#lastResult = result;
    this.#respond(sequenceNumber, result);
  }

  #respond(sequenceNumber: number, result: number): void {
    if (this.#responses.length >= MAX_WAITING_RESPONSES) this.#responses.shift();
    this.#responses.push(serializeReConfigParameter({ type: "response", sequenceNumber, result }));
  }
}
