import type { CryptoPort } from "../crypto/crypto-port.js";
import { earliest, type Instant } from "../time/instant.js";
import { AssociationClosing } from "./association-closing.js";
import { Fifo } from "./fifo.js";
import type { AssociationParameters } from "./handshake/association-parameters.js";
import { Heartbeat } from "./heartbeat.js";
import { DataReceiver } from "./receiving/data-receiver.js";
import type { IncomingMessage } from "./receiving/fragment-assembler.js";
import { MAX_WAITING_CHUNKS, type SctpConstants } from "./sctp-constants.js";
import type { SctpCounters } from "./sctp-counters.js";
import { DataSender } from "./sending/data-sender.js";
import type { OutgoingQueue } from "./sending/outgoing-queue.js";
import { StreamReset, type StreamResetEvent } from "./stream-reset.js";
import { CAUSE, CHUNK, type Chunk, type DataChunk } from "./wire/chunk.js";
import type { PacketWriter } from "./wire/packet-writer.js";
import { serializeChunk } from "./wire/packet-writer.js";
import { serializeParameter } from "./wire/type-length-value.js";

/** A SACK that can name fewer gaps than fit here waits for the next packet, bytes. */
const MIN_SACK_ROOM_BYTES = 128;

export interface EstablishedEnvironment {
  readonly constants: SctpConstants;
  readonly counters: SctpCounters;
  readonly crypto: Pick<CryptoPort, "randomBytes">;
  readonly queue: OutgoingQueue;
}

/** Chunks that need an association; the others belong to the handshake. */
export type EstablishedChunk = Exclude<
  Chunk,
  { readonly type: "init" | "initAck" | "cookieEcho" | "cookieAck" | "abort" | "error" | "unknown" }
>;

/** What two sides have once the handshake is done; it lasts until one of them ends it or begins anew. */
export class EstablishedAssociation {
  readonly parameters: AssociationParameters;
  readonly sender: DataSender;
  readonly receiver: DataReceiver;
  readonly reset: StreamReset;
  readonly closing = new AssociationClosing();
  readonly #environment: EstablishedEnvironment;
  readonly #heartbeat: Heartbeat;
  /** Small chunks that go with the next packet. */
  readonly #chunks = new Fifo<Uint8Array>();
  /** Timeouts since the peer was last heard of (RFC 9260 §8.1). */
  #errors = 0;
  #hasData = false;

  constructor(
    environment: EstablishedEnvironment,
    parameters: AssociationParameters,
    emit: (event: StreamResetEvent | ({ readonly type: "message" } & IncomingMessage)) => void,
    now: Instant,
  ) {
    const { constants, counters, crypto, queue } = environment;
    this.#environment = environment;
    this.parameters = parameters;
    this.sender = new DataSender(constants, counters, queue, parameters);
    this.receiver = new DataReceiver(constants, counters, parameters, ({ streamId, ppid, payload }) =>
      emit({ type: "message", streamId, ppid, payload }),
    );
    this.reset = new StreamReset(queue, this.sender, this.receiver, parameters, emit);
    this.#heartbeat = new Heartbeat(constants, crypto, now);
  }

  resetStream(streamId: number): boolean {
    if (this.parameters.hasReConfig) this.reset.request(streamId);
    return this.parameters.hasReConfig;
  }

  /** An error cause when the association must end. */
  handleChunk(chunk: EstablishedChunk, now: Instant): number | undefined {
    switch (chunk.type) {
      case "data":
        return this.#handleData(chunk);
      case "sack":
        if (this.sender.handleSack(chunk, now)) this.#handleSign(now);
        else this.#environment.counters.unexpected++;
        return undefined;
      case "forwardTsn":
        this.receiver.handleForwardTsn(chunk);
        return undefined;
      case "heartbeat":
        this.#push(serializeChunk(CHUNK.heartbeatAck, chunk.bytes));
        return undefined;
      case "heartbeatAck": {
        const roundTripMs = this.#heartbeat.handleAnswer(chunk.bytes, now);
        if (roundTripMs === undefined) this.#environment.counters.unexpected++;
        else this.sender.timeout.handleRoundTrip(roundTripMs);
        if (roundTripMs !== undefined) this.#handleSign(now);
        return undefined;
      }
      case "reConfig":
        this.#handleSign(now);
        for (const parameter of chunk.parameters) this.reset.handleParameter(parameter);
        return undefined;
      case "shutdown":
        this.sender.handleCumulativeTsn(chunk.cumulativeTsn, now);
        this.closing.handleShutdown();
        return undefined;
      case "shutdownAck":
        this.closing.handleShutdownAck();
        return undefined;
      case "shutdownComplete":
        this.closing.handleShutdownComplete();
        return undefined;
    }
  }

  handlePacketEnd(now: Instant): void {
    this.reset.handleProgress();
    if (!this.#hasData) return;
    this.#hasData = false;
    this.receiver.handlePacketEnd(now);
    this.closing.handleData();
  }

  pollTimeout(): Instant | undefined {
    const first = earliest(this.sender.pollTimeout(), this.receiver.schedule.pollTimeout());
    const second = earliest(this.reset.pollTimeout(), this.closing.pollTimeout());
    return earliest(earliest(first, second), this.#heartbeat.pollTimeout());
  }

  /** False: the peer has not been heard of for too long. */
  handleTimeout(now: Instant): boolean {
    if (this.sender.handleTimeout(now)) this.#errors++;
    if (this.reset.handleTimeout(now)) this.#errors++;
    if (this.closing.handleTimeout(now)) this.#errors++;
    const heartbeat = this.#heartbeat.handleTimeout(this.sender.timeout.ms, now);
    if (heartbeat !== undefined) {
      this.#push(heartbeat.chunk);
      if (heartbeat.isUnanswered) this.#errors++;
    }
    return this.#errors <= this.#environment.constants.maxRetransmits;
  }

  /** Writes what is to be said into one packet: control first, then as much data as may leave. */
  fill(writer: PacketWriter, now: Instant): void {
    for (let chunk = this.#chunks.peek(); chunk !== undefined; chunk = this.#chunks.peek()) {
      if (!writer.append(chunk)) return;
      this.#chunks.shift();
    }
    const { schedule } = this.receiver;
    const isSackDue = schedule.isDue(now) || (schedule.isPending && this.sender.hasWork(now));
    if (isSackDue && writer.remainingBytes >= MIN_SACK_ROOM_BYTES) {
      writer.append(this.receiver.serializeSack(writer.remainingBytes));
    }
    const reConfig = this.reset.pollChunk(now);
    if (reConfig !== undefined && !writer.append(reConfig)) this.#push(reConfig);
    this.sender.fill(writer, now);
    const { isDrained, timeout } = this.sender;
    const closing = this.closing.pollChunk(isDrained, this.receiver.cumulativeTsn, timeout.ms, now);
    if (closing !== undefined && !writer.append(closing)) this.#push(closing);
  }

  #handleData(chunk: DataChunk): number | undefined {
    // [RFC9260 §6.2]
    if (chunk.payload.length === 0) return CAUSE.noUserData;
    this.#hasData = true;
    const outcome = this.receiver.handleData(chunk);
    if (outcome === "outOfResource") return CAUSE.outOfResource;
    if (outcome === "invalidStream") this.#push(invalidStreamError(chunk.streamId));
    return undefined;
  }

  #handleSign(now: Instant): void {
    this.#errors = 0;
    this.#heartbeat.handleSign(now);
  }

  #push(chunk: Uint8Array): void {
    if (this.#chunks.length < MAX_WAITING_CHUNKS && chunk.length < this.#environment.constants.maxPacketBytes / 2) {
      this.#chunks.push(chunk);
    } else {
      this.#environment.counters.overRate++;
    }
  }
}

/** [RFC9260 §3.3.10.1] */
function invalidStreamError(streamId: number): Uint8Array {
  const value = new Uint8Array(4);
  new DataView(value.buffer).setUint16(0, streamId);
  return serializeChunk(CHUNK.error, serializeParameter(CAUSE.invalidStream, value));
}
