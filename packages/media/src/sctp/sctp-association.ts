import type { CryptoPort } from "../crypto/crypto-port.js";
import { TokenBucket } from "../router/token-bucket.js";
import { after, earliest, type Instant } from "../time/instant.js";
import { EstablishedAssociation } from "./established-association.js";
import { Fifo } from "./fifo.js";
import { Handshake, type HandshakeOutcome } from "./handshake/handshake.js";
import type { IncomingMessage } from "./receiving/fragment-assembler.js";
import { MAX_WAITING_PACKETS, SCTP_CONSTANTS, type SctpConstants } from "./sctp-constants.js";
import { SctpCounters } from "./sctp-counters.js";
import { OutgoingMessage, type SendOptions } from "./sending/outgoing-message.js";
import { OutgoingQueue } from "./sending/outgoing-queue.js";
import type { StreamResetEvent } from "./stream-reset.js";
import { CAUSE, CHUNK, type Chunk } from "./wire/chunk.js";
import { isChecksumValid, parsePacket, type SctpPacket } from "./wire/packet-parser.js";
import { PacketBuffer, PacketWriter, serializeChunk, serializePacket } from "./wire/packet-writer.js";
import { serializeParameter } from "./wire/type-length-value.js";

export interface SctpAssociationOptions {
  readonly crypto: Pick<CryptoPort, "hmacSha1" | "randomBytes">;
  readonly localPort: number;
  readonly remotePort: number;
  readonly constants?: Partial<SctpConstants>;
  /** Shared by associations that are counted together. */
  readonly counters?: SctpCounters;
}

/** `shutdown`: both sides had sent everything. */
export type SctpCloseReason = "shutdown" | "aborted" | "abortedByPeer" | "timedOut" | "protocolViolation";

export type SctpEvent =
  | { readonly type: "connected" }
  /** The peer has begun anew: all streams, and what was queued on them, are gone. */
  | { readonly type: "restarted" }
  | ({ readonly type: "message" } & IncomingMessage)
  | StreamResetEvent
  /** Nothing works after this. */
  | { readonly type: "closed"; readonly reason: SctpCloseReason };

type AssociationState =
  | { readonly type: "connecting" }
  | { readonly type: "established"; readonly body: EstablishedAssociation }
  | { readonly type: "closed"; readonly reason: SctpCloseReason };

/** Every association writes here, one packet at a time: memory of its own would be 1.5 KB of an idle one. */
const packetBuffer = new PacketBuffer(SCTP_CONSTANTS.maxPacketBytes);

/**
 * One SCTP association over DTLS (RFC 9260, RFC 8261): packets in, packets and messages out. Does no I/O.
 *
 * One law: one input, then drain {@link pollEvent} and {@link pollPacket} until both say undefined, then the next input. Messages
 * that are not polled fill the receive buffer, which stops the peer.
 */
export class SctpAssociation {
  readonly counters: SctpCounters;
  readonly #options: SctpAssociationOptions;
  readonly #constants: SctpConstants;
  readonly #handshake: Handshake;
  readonly #queue: OutgoingQueue;
  readonly #writer: PacketWriter;
  /** Whole packets with tags of their own. */
  readonly #packets = new Fifo<Uint8Array>();
  readonly #events = new Fifo<SctpEvent>();
  readonly #handshakes: TokenBucket;
  #state: AssociationState = { type: "connecting" };

  constructor(options: SctpAssociationOptions) {
    const constants = { ...SCTP_CONSTANTS, ...options.constants };
    this.#options = options;
    this.#constants = constants;
    this.counters = options.counters ?? new SctpCounters();
    this.#queue = new OutgoingQueue(constants, this.counters);
    const { maxPacketBytes } = constants;
    const buffer = maxPacketBytes <= SCTP_CONSTANTS.maxPacketBytes ? packetBuffer : new PacketBuffer(maxPacketBytes);
    this.#writer = new PacketWriter(options.localPort, options.remotePort, maxPacketBytes, buffer);
    this.#handshakes = new TokenBucket(constants.handshakesPerSecond, constants.handshakeBurst);
    this.#handshake = new Handshake(constants, this.counters, options.crypto, (tag, chunk) => this.#sendPacket(tag, chunk));
  }

  get state(): AssociationState["type"] {
    return this.#state.type;
  }

  /** Whether messages can be sent on this stream now. */
  canSend(streamId: number): boolean {
    if (this.#state.type === "closed") return false;
    if (this.#state.type === "connecting") return streamId < this.#constants.maxStreams;
    const { body } = this.#state;
    return streamId < body.parameters.outboundStreams && !body.closing.hasBegun;
  }

  /** Bytes on this stream that have not begun to leave. */
  waitingBytes(streamId: number): number {
    return this.#queue.waitingBytes(streamId);
  }

  /** All that is held for sending, overhead included, bytes. */
  get heldBytes(): number {
    return this.#queue.heldBytes;
  }

  /** Held for receiving: fragments, messages out of order, messages not polled, bytes. */
  get receivedBytes(): number {
    return this.#state.type === "established" ? this.#state.body.receiver.heldBytes : 0;
  }

  /** Round trip in ms, smoothed; undefined before the first measurement. */
  get roundTripMs(): number | undefined {
    return this.#state.type === "established" ? this.#state.body.sender.timeout.roundTripMs : undefined;
  }

  /** Sends an INIT, unless the peer was first. Both sides may do it. */
  connect(now: Instant): void {
    if (this.#state.type === "connecting") this.#handshake.start(now);
  }

  /**
   * Queues one message of 1 to `maxMessageBytes` bytes; may be called before there is a connection. `payload` must not change until
   * it has arrived. False: no room, no such stream, or the association is closing. `isForced`: even without room, for the few
   * messages of the data channel protocol itself.
   */
  send(
    streamId: number,
    ppid: number,
    payload: Uint8Array,
    { isOrdered, maxRetransmits, maxLifetimeMs }: SendOptions,
    now: Instant,
    isForced = false,
  ): boolean {
    if (!this.canSend(streamId) || payload.length === 0 || payload.length > this.#constants.maxMessageBytes) return false;
    const expiresAt = maxLifetimeMs === undefined ? undefined : after(now, maxLifetimeMs);
    const retransmits = maxRetransmits ?? Number.POSITIVE_INFINITY;
    return this.#queue.push(new OutgoingMessage(streamId, ppid, payload, !isOrdered, retransmits, expiresAt), isForced);
  }

  /** Gives up what waits on this stream. */
  dropStream(streamId: number): void {
    this.#queue.dropStream(streamId);
  }

  /** Resets an outgoing stream once its messages have left; `outgoingReset` follows. False: the peer does not know how. */
  resetStream(streamId: number): boolean {
    return this.#state.type === "established" && this.#state.body.resetStream(streamId);
  }

  /** The peer acts as if it had reset this stream of ours, but its response has not come yet. False: it was not asked to. */
  assumeReset(streamId: number): boolean {
    return this.#state.type === "established" && this.#state.body.reset.assumePerformed(streamId);
  }

  /** Ends the association when everything has arrived; `closed` follows. */
  shutdown(): void {
    if (this.#state.type === "established") this.#state.body.closing.begin();
    else this.abort();
  }

  /** Ends the association now; drain {@link pollPacket} once more. */
  abort(): void {
    this.#abort(CAUSE.userAbort, "aborted");
  }

  handlePacket(bytes: Uint8Array, now: Instant): void {
    const packet = this.#parse(bytes);
    if (packet === undefined) return;
    const [first] = packet.chunks;
    const { verificationTag } = packet;
    if (first?.type === "init") {
      if (packet.chunks.length > 1 || verificationTag !== 0) this.counters.malformed++;
      else if (this.#state.type === "closed") this.counters.outOfTheBlue++;
      else if (this.#admit(now)) this.#handshake.handleInit(first, now);
      return;
    }
    if (this.#state.type === "closed") {
      this.counters.outOfTheBlue++;
      // [RFC9260 §8.4 (5)] Our SHUTDOWN COMPLETE was lost.
      const isWaiting = this.#state.reason === "shutdown" && first?.type === "shutdownAck";
      if (isWaiting && this.#admit(now))
        this.#sendPacket(verificationTag, serializeChunk(CHUNK.shutdownComplete, undefined, 1));
      return;
    }
    if (first?.type === "cookieEcho") {
      if (!this.#admit(now)) return;
      this.#handleOutcome(this.#handshake.handleCookieEcho(first.bytes, verificationTag, now), now);
      if (verificationTag !== this.#handshake.localTag) return;
    } else if (!this.#isTagValid(first, verificationTag)) {
      this.#handleStray(first, verificationTag, now);
      return;
    }
    this.#handleChunks(packet.chunks, now);
  }

  /** When {@link handleTimeout} wants to be called; undefined: never. */
  pollTimeout(): Instant | undefined {
    switch (this.#state.type) {
      case "connecting":
        return this.#handshake.pollTimeout();
      case "established":
        return earliest(this.#handshake.pollTimeout(), this.#state.body.pollTimeout());
      case "closed":
        return undefined;
    }
  }

  handleTimeout(now: Instant): void {
    if (this.#state.type === "closed") return;
    if (!this.#handshake.handleTimeout(now)) this.#close("timedOut");
    if (this.#state.type === "established" && !this.#state.body.handleTimeout(now)) {
      this.#abort(CAUSE.protocolViolation, "timedOut");
    }
  }

  /** The next packet to send, at most `maxPacketBytes`; a view that is good until the next call, of any association. */
  pollPacket(now: Instant): Uint8Array | undefined {
    const packet = this.#packets.shift();
    if (packet !== undefined || this.#state.type !== "established") return packet;
    const { body } = this.#state;
    this.#writer.begin(body.parameters.peerTag);
    body.fill(this.#writer, now);
    if (body.closing.isComplete) this.#close("shutdown");
    return this.#writer.isEmpty ? undefined : this.#writer.finish();
  }

  pollEvent(): SctpEvent | undefined {
    const event = this.#events.shift();
    if (event?.type === "message" && this.#state.type === "established") this.#state.body.receiver.handleRead(event);
    return event;
  }

  #parse(bytes: Uint8Array): SctpPacket | undefined {
    if (!isChecksumValid(bytes)) {
      this.counters.wrongChecksum++;
      return undefined;
    }
    const packet = parsePacket(bytes);
    const { localPort, remotePort } = this.#options;
    if (packet?.sourcePort === remotePort && packet.destinationPort === localPort) return packet;
    this.counters.malformed++;
    return undefined;
  }

  /** [RFC9260 §8.5, §8.5.1] */
  #isTagValid(first: Chunk | undefined, tag: number): boolean {
    const { localTag, peerTag } = this.#handshake;
    if ((first?.type === "abort" || first?.type === "shutdownComplete") && first.isTagReflected) return tag === peerTag;
    return tag === localTag;
  }

  /** [RFC9260 §8.4] A packet of no association is refused while there is none; with one it is only dropped. */
  #handleStray(first: Chunk | undefined, tag: number, now: Instant): void {
    if (this.#handshake.localTag !== undefined) {
      this.counters.wrongTag++;
      return;
    }
    this.counters.outOfTheBlue++;
    const isSilent = first?.type === "abort" || first?.type === "shutdownComplete" || first?.type === "cookieAck";
    if (!isSilent && this.#admit(now)) this.#sendPacket(tag, serializeChunk(CHUNK.abort, undefined, 1));
  }

  #handleChunks(chunks: readonly Chunk[], now: Instant): void {
    for (const chunk of chunks) {
      switch (chunk.type) {
        case "init":
          this.counters.malformed++;
          return;
        case "initAck":
          this.#handshake.handleInitAck(chunk, now);
          return;
        case "cookieEcho":
          break;
        case "cookieAck":
          this.#handleOutcome(this.#handshake.handleCookieAck(), now);
          break;
        case "abort":
          this.#close("abortedByPeer");
          return;
        case "error":
          if (chunk.causes.includes(CAUSE.staleCookie)) this.#handshake.handleStaleCookie(now);
          break;
        case "unknown":
          if (chunk.isReported) this.#report(chunk.bytes);
          if (!chunk.isSkipped) return;
          break;
        default: {
          if (this.#state.type !== "established") {
            this.counters.unexpected++;
            return;
          }
          const violation = this.#state.body.handleChunk(chunk, now);
          if (violation === undefined) break;
          this.#abort(violation, "protocolViolation");
          return;
        }
      }
    }
    if (this.#state.type !== "established") return;
    this.#state.body.handlePacketEnd(now);
    if (this.#state.body.closing.isComplete) this.#close("shutdown");
  }

  #handleOutcome(outcome: HandshakeOutcome, now: Instant): void {
    if (outcome.type === "unchanged") return;
    if (outcome.type === "restarted") {
      this.#queue.clear();
      this.#events.clear();
    }
    const { crypto } = this.#options;
    const environment = { constants: this.#constants, counters: this.counters, crypto, queue: this.#queue };
    const emit = (event: SctpEvent) => this.#events.push(event);
    this.#state = { type: "established", body: new EstablishedAssociation(environment, outcome.parameters, emit, now) };
    emit({ type: outcome.type === "restarted" ? "restarted" : "connected" });
  }

  #report(chunk: Uint8Array): void {
    const { peerTag } = this.#handshake;
    const bytes = chunk.slice(0, this.#constants.maxPacketBytes / 2);
    if (peerTag !== undefined) {
      this.#sendPacket(peerTag, serializeChunk(CHUNK.error, serializeParameter(CAUSE.unrecognizedChunk, bytes)));
    }
  }

  #admit(now: Instant): boolean {
    const isAdmitted = this.#handshakes.take(1, now);
    if (!isAdmitted) this.counters.overRate++;
    return isAdmitted;
  }

  #sendPacket(tag: number, chunk: Uint8Array): void {
    if (this.#packets.length >= MAX_WAITING_PACKETS) {
      this.counters.overRate++;
      return;
    }
    this.#packets.push(serializePacket(this.#options.localPort, this.#options.remotePort, tag, chunk));
  }

  #abort(cause: number, reason: SctpCloseReason): void {
    if (this.#state.type === "closed") return;
    const { peerTag } = this.#handshake;
    this.#packets.clear();
    if (peerTag !== undefined) {
      this.#sendPacket(peerTag, serializeChunk(CHUNK.abort, serializeParameter(cause, new Uint8Array())));
    }
    this.#close(reason);
  }

  #close(reason: SctpCloseReason): void {
    if (this.#state.type === "closed") return;
    this.#state = { type: "closed", reason };
    this.#handshake.stop();
    this.#queue.clear();
    this.#events.push({ type: "closed", reason });
  }
}
