import type { PacketMemory } from "../bytes/packet-memory.js";
import type { PacketPool } from "../bytes/packet-pool.js";
import type { FrameInfo, FrameParser } from "../codec/frame-info.js";
import { createFrameParser } from "../codec/frame-parser.js";
import { findExtension } from "../rtp/header-extension.js";
import { NackGenerator } from "../rtp/nack-generator.js";
import { NACK_LIMITS } from "../rtp/nack-limits.js";
import { ReceiveStatistics } from "../rtp/receive-statistics.js";
import { parseRtpHeader, type RtpHeader } from "../rtp/rtp-header.js";
import type { MediaKind } from "../rtp/rtp-parameters.js";
import { earliest, type Instant } from "../time/instant.js";
import type { CodecBinding } from "./codec-binding.js";
import { KeyFrameCache } from "./key-frame-cache.js";
import { KeyFrameRequester } from "./key-frame-requester.js";
import { RETRANSMISSION_CAPACITY, RETRANSMISSION_LIFETIME_MS, RetransmissionBuffer } from "./retransmission-buffer.js";
import type { SenderReportTimes } from "./sender-clock.js";

/** The mandatory fields of a dependency descriptor (AV1 RTP specification §A.8.2). */
const MIN_DESCRIPTOR_BYTES = 3;

/** A MediaPacket as its stream knows it. */
export interface StreamPacket {
  readonly header: RtpHeader;
  readonly frame: FrameInfo;
  readonly offset: number;
  readonly sizeBytes: number;
  stream: ReceiveStream | undefined;
  descriptorOffset: number;
  reset(offset: number, sizeBytes: number): void;
  keepDependency(): void;
}

/**
 * One RTP stream from a publisher: what arrived, what is missing, what is kept for retransmission.
 *
 * A Producer has one, or one per encoding. RTX packets come in through the stream they repair.
 */
export class ReceiveStream {
  readonly ssrc: number;
  readonly rid: string | undefined;
  readonly kind: MediaKind;
  /** Which of the Producer's encodings it is: 0, or with simulcast its spatial layer. */
  readonly encoding: number;
  readonly buffer: RetransmissionBuffer;
  readonly statistics: ReceiveStatistics;
  /** Undefined when the publisher does not answer NACK. */
  readonly nack: NackGenerator | undefined;
  readonly keyFrames = new KeyFrameRequester();
  readonly keyFrameCache = new KeyFrameCache();
  /** False for a publisher that agreed on FIR (RFC 5104) alone. */
  readonly understandsPli: boolean;
  /** Of the last FIR, 8 bits: every request that is sent is a new one (RFC 5104 §4.3.1.1). */
  firSequenceNumber = 0;
  readonly #lifetimeMs: number;
  senderReport: SenderReportTimes | undefined;
  /** Of the packet that arrived last. */
  clockRate: number;
  packets = 0;
  bytes = 0;
  keyFramesSeen = 0;
  /** Packets asked for again, and key frames asked for. */
  packetsNacked = 0;
  keyFrameRequestsSent = 0;
  #highest = -1;
  #isClosed = false;
  #keyFrameTimestamp = 0;
  #frameTimestamp: number | undefined;
  #withheldTo = -1;
  readonly #dependencyDescriptorId: number;
  #parser: FrameParser | undefined;
  #parsedBinding: CodecBinding | undefined;
  /** One per codec that came: a publisher may change it with every packet. */
  readonly #parsers = new Map<CodecBinding, FrameParser>();

  /** `encoding`, `binding`: of its first packet. `dependencyDescriptorId`: the header extension's, 0 when not negotiated. */
  constructor(
    pool: PacketPool,
    ssrc: number,
    rid: string | undefined,
    encoding: number,
    kind: MediaKind,
    { codec }: CodecBinding,
    dependencyDescriptorId: number,
  ) {
    this.ssrc = ssrc;
    this.rid = rid;
    this.encoding = encoding;
    this.kind = kind;
    this.#dependencyDescriptorId = dependencyDescriptorId;
    this.clockRate = codec.clockRate;
    this.buffer = new RetransmissionBuffer(pool, RETRANSMISSION_CAPACITY[kind]);
    this.#lifetimeMs = RETRANSMISSION_LIFETIME_MS[kind];
    this.statistics = new ReceiveStatistics(codec.clockRate);
    this.nack = codec.feedback.includes("nack") ? new NackGenerator(NACK_LIMITS[kind]) : undefined;
    this.understandsPli = codec.feedback.includes("nack pli") || !codec.feedback.includes("ccm fir");
  }

  /**
   * Fills in `packet.frame`. False: the payload is malformed, and there is nothing to forward. Audio is not looked at.
   * `parser`: of {@link createParser}, for packets out of their order.
   */
  parse(memory: PacketMemory, packet: StreamPacket, binding: CodecBinding, parser?: FrameParser): boolean {
    const { header, frame } = packet;
    packet.stream = this;
    if (this.kind === "audio") return true;
    this.#locateDescriptor(memory, packet);
    if (header.payloadBytes === 0) {
      // Padding of the publisher's congestion control, or a probe: part of no frame.
      frame.reset();
      frame.isFrameStart = false;
      return true;
    }
    if (binding !== this.#parsedBinding) {
      this.#parsedBinding = binding;
      this.#parser = this.#parsers.get(binding) ?? this.createParser(binding);
      this.#parsers.set(binding, this.#parser);
    }
    if ((parser ?? this.#parser)?.parse(memory, header, frame) !== true) return false;
    packet.keepDependency();
    return true;
  }

  /** A parser that knows nothing yet: for a second reading that begins at a key frame. */
  createParser({ codec }: CodecBinding): FrameParser {
    return createFrameParser(codec.name, this.#dependencyDescriptorId);
  }

  #locateDescriptor(memory: PacketMemory, packet: StreamPacket): void {
    if (this.#dependencyDescriptorId === 0) return;
    packet.descriptorOffset = findExtension(memory, packet.header, this.#dependencyDescriptorId);
    if (packet.header.elementBytes < MIN_DESCRIPTOR_BYTES) packet.descriptorOffset = -1;
  }

  /**
   * Reads a packet that the {@link buffer} holds back into `packet`, as it was when it was taken; false when it holds none with
   * this extended sequence number.
   */
  read(memory: PacketMemory, extendedSequenceNumber: number, packet: StreamPacket): boolean {
    const offset = this.buffer.offsetOf(extendedSequenceNumber);
    if (offset === -1) return false;
    packet.reset(offset, this.buffer.sizeOf(extendedSequenceNumber));
    packet.stream = this;
    if (!parseRtpHeader(memory, offset, packet.sizeBytes, packet.header)) return false;
    packet.header.extendedSequenceNumber = extendedSequenceNumber;
    this.#locateDescriptor(memory, packet);
    return true;
  }

  /** One that came but is not taken: nobody needs to send it again. */
  handleMalformed(packet: StreamPacket, now: Instant): void {
    this.nack?.handlePacket(packet.header.extendedSequenceNumber, now, false);
  }

  /** Takes the packet's slot; false when it is a duplicate or too old, and the slot stays the caller's. */
  handlePacket(packet: StreamPacket, now: Instant, isRetransmission: boolean): boolean {
    const { header } = packet;
    const extendedSequenceNumber = header.extendedSequenceNumber;
    if (!this.buffer.insert(extendedSequenceNumber, packet.offset, packet.sizeBytes, now / 1000)) return false;
    if (extendedSequenceNumber > this.#highest) this.#highest = extendedSequenceNumber;
    this.packets++;
    this.bytes += packet.sizeBytes;
    if (!isRetransmission) this.statistics.handlePacket(extendedSequenceNumber, header.timestamp, now);
    // One of several slices, or parameter sets and then a picture: all have the picture's timestamp.
    const isKeyFrame = this.kind === "video" && packet.frame.isKeyFrame;
    const isFirst = isKeyFrame && (this.keyFramesSeen === 0 || header.timestamp !== this.#keyFrameTimestamp);
    this.nack?.handlePacket(extendedSequenceNumber, now, isFirst);
    if (isKeyFrame) {
      if (isFirst) this.keyFramesSeen++;
      this.#keyFrameTimestamp = header.timestamp;
      this.keyFrames.handleKeyFrame();
      this.keyFrameCache.handleKeyFrame(extendedSequenceNumber, header.timestamp, now);
    }
    return true;
  }

  /** Whether `timestamp` begins a frame newer than all before. To be asked once per packet with a payload. */
  takeFrameStart(timestamp: number): boolean {
    if (this.#frameTimestamp !== undefined && ((timestamp - this.#frameTimestamp) | 0) <= 0) return false;
    this.#frameTimestamp = timestamp;
    return true;
  }

  /** How long before the newest frame one with this timestamp was taken, ms; 0 for the newest. */
  lagMs(timestamp: number): number {
    const lag = ((this.#frameTimestamp ?? timestamp) - timestamp) | 0;
    return Math.max(0, (lag / this.clockRate) * 1000);
  }

  /** What has come so far, or was sent before it and comes late, is not to be forwarded. */
  withholdUntilNow(): void {
    this.#withheldTo = this.#highest;
  }

  isWithheld(extendedSequenceNumber: number): boolean {
    return extendedSequenceNumber <= this.#withheldTo;
  }

  /** Highest extended sequence number so far; -1 before the first packet. */
  get highest(): number {
    return this.#highest;
  }

  /** Gives back what nobody can ask for any more. */
  releaseExpired(now: Instant): void {
    this.buffer.releaseOlderThan(now / 1000 - this.#lifetimeMs);
  }

  pollTimeout(): Instant | undefined {
    return earliest(this.nack?.pollTimeout(), this.keyFrames.pollTimeout());
  }

  /** Whether it has ended: its packets are refused from then on. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  close(): void {
    this.#isClosed = true;
    this.buffer.close();
  }
}
