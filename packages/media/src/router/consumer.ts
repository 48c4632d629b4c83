import { SCRATCH } from "../bytes/packet-memory.js";
import { type ReportBlock, roundTripTimeMs } from "../rtcp/report-block.js";
import { parseRtpHeader } from "../rtp/rtp-header.js";
import type { MediaKind } from "../rtp/rtp-parameters.js";
import { encapsulateRtx } from "../rtp/rtx.js";
import { elapsedMs, type Instant } from "../time/instant.js";
import type { NtpTime } from "../time/ntp-time.js";
import type { ConsumerParameters } from "../transport/parameters.js";
import { mapPayloadTypes, mapRtxPayloadTypes } from "./codec-binding.js";
import type { HeaderPlan } from "./header-plan.js";
import { MediaPacket } from "./media-packet.js";
import type { PacketReceiver } from "./packet-receiver.js";
import type { Producer } from "./producer.js";
import type { ReceiveStream } from "./receive-stream.js";
import { DEFAULT_ROUND_TRIP_MS, RetransmissionGate } from "./retransmission-gate.js";
import type { RtpOutlet } from "./rtp-outlet.js";
import { timestampAt } from "./sender-clock.js";
import { SequenceTranslator } from "./sequence-translator.js";
import { TokenBucket } from "./token-bucket.js";

/** paused: nothing is sent. waiting: until the next packet from which a decoder can start. */
type ConsumerState = "paused" | "waiting" | "forwarding";

/** Key frames one receiver's PLI and FIR may cause: everybody else pays for them too (JVB: 3 in 10 s). */
export const KEY_FRAMES_PER_RECEIVER = { perSecond: 0.5, burst: 5 } as const;

/** Media time between two frames at least, ms, where one RTP stream takes over from another. */
const MIN_FRAME_MS = 20;

/** Scratch for packets that are sent again; one at a time. */
const retransmitted = new MediaPacket();

/** Media leaving a Router to one receiver: a Producer's packets under this receiver's SSRC, numbers and payload types. */
export class Consumer implements PacketReceiver {
  readonly id: string;
  readonly kind: MediaKind;
  readonly ssrc: number;
  readonly rtxSsrc: number | undefined;
  readonly cname: string;
  readonly producer: Producer;
  readonly outlet: RtpOutlet;
  readonly #plan: HeaderPlan;
  readonly #payloadTypes: Int16Array;
  readonly #rtxPayloadTypes: Int16Array;
  readonly #translator = new SequenceTranslator();
  readonly #gate = new RetransmissionGate();
  readonly #keyFrameAllowance = new TokenBucket(KEY_FRAMES_PER_RECEIVER.perSecond, KEY_FRAMES_PER_RECEIVER.burst);
  #state: ConsumerState;
  #stream: ReceiveStream | undefined;
  /** Added to the Producer's RTP timestamps; changes only where a new RTP stream takes over. */
  #timestampOffset = 0;
  #segmentStart = 0;
  #lastTimestamp = 0;
  #lastSentAt = 0 as Instant;
  #rtxSequenceNumber = 0;
  packetsSent = 0;
  /** Payload bytes, as sender reports count them (RFC 3550 §6.4.1). */
  payloadBytesSent = 0;
  retransmitted = 0;
  droppedPayloadType = 0;
  lossRatio = 0;
  roundTripMs: number | undefined;

  constructor(producer: Producer, outlet: RtpOutlet, plan: HeaderPlan, parameters: ConsumerParameters) {
    this.id = parameters.consumerId;
    this.kind = parameters.kind;
    this.ssrc = parameters.ssrc | 0;
    this.rtxSsrc = parameters.rtxSsrc === undefined ? undefined : parameters.rtxSsrc | 0;
    this.cname = parameters.cname;
    this.producer = producer;
    this.outlet = outlet;
    this.#plan = plan;
    this.#payloadTypes = mapPayloadTypes(producer.parameters.codecs, parameters.codecs);
    this.#rtxPayloadTypes = mapRtxPayloadTypes(parameters.codecs);
    this.#state = parameters.isPaused ? "paused" : "waiting";
  }

  get isPaused(): boolean {
    return this.#state === "paused";
  }

  setPaused(isPaused: boolean, now: Instant): void {
    if (isPaused) this.#state = "paused";
    else if (this.#state === "paused") {
      this.#state = "waiting";
      this.producer.requestKeyFrame(now);
    }
  }

  handleDiscontinuity(): void {
    if (this.#state === "forwarding") this.#state = "waiting";
  }

  /** The Outlet has become able to send: a picture that starts in the middle is of no use. */
  handleReady(now: Instant): void {
    if (this.#state === "waiting") this.producer.requestKeyFrame(now);
  }

  sendPending(): void {
    const { producer } = this;
    for (let index = 0; index < producer.pendingCount; index++) this.#send(producer.pending[index] as MediaPacket);
  }

  #send(packet: MediaPacket): void {
    if (this.#state === "paused") return;
    const { header } = packet;
    const payloadType = this.#payloadTypes[header.payloadType] as number;
    if (payloadType < 0) {
      this.droppedPayloadType++;
      return;
    }
    if (this.#state === "waiting") {
      if (this.kind === "video" && !packet.isKeyFrame && this.#needsKeyFrame(header.payloadType)) return;
      this.#begin(packet);
    }
    const sent = this.#translator.translate(header.extendedSequenceNumber);
    if (sent < 0) return;
    const headerBytes = packet.headerFor(this.#plan, this.outlet.memory);
    const timestamp = (header.timestamp + this.#timestampOffset) | 0;
    const isSent = this.outlet.sendRtp(
      packet.headerOffset,
      headerBytes,
      header.marker ? payloadType | 0x80 : payloadType,
      this.ssrc,
      sent,
      timestamp,
      header.payloadOffset,
      header.payloadBytes,
      this.kind === "audio",
    );
    if (!isSent) return;
    this.packetsSent++;
    this.payloadBytesSent += header.payloadBytes;
    this.#lastTimestamp = timestamp;
    this.#lastSentAt = this.producer.lastPacketAt;
  }

  #needsKeyFrame(payloadType: number): boolean {
    return this.producer.bindingFor(payloadType)?.isKeyFrame !== undefined;
  }

  #begin(packet: MediaPacket): void {
    const { header } = packet;
    const stream = this.producer.activeStream;
    if (stream !== undefined && stream !== this.#stream && this.packetsSent > 0) {
      // Another RTP stream has another timestamp base: as much media time passes as time passed, so that the receiver's audio
      // and video stay in step before the next sender report too, and one frame at least.
      const passedMs = Math.max(MIN_FRAME_MS, elapsedMs(this.#lastSentAt, this.producer.lastPacketAt));
      const passed = Math.round((passedMs / 1000) * stream.clockRate);
      this.#timestampOffset = (this.#lastTimestamp + passed - header.timestamp) | 0;
    }
    this.#stream = stream;
    this.#translator.begin(header.extendedSequenceNumber);
    this.#segmentStart = this.#translator.highestSent + 1;
    this.#state = "forwarding";
  }

  /** Sends again what the receiver misses (RFC 4585 §6.2.1), by RTX where that was negotiated. */
  handleNack(lost: readonly number[], now: Instant): void {
    const stream = this.#stream;
    if (this.#state !== "forwarding" || stream === undefined || stream !== this.producer.activeStream) return;
    const roundTripMs = this.roundTripMs ?? DEFAULT_ROUND_TRIP_MS;
    for (const sequenceNumber of lost) {
      const sent = this.#translator.extend(sequenceNumber);
      // Before the current segment the timestamp offset was another: the packet would not be the same any more.
      if (sent < this.#segmentStart) continue;
      const received = this.#translator.receivedFor(sent);
      const offset = received < 0 ? -1 : stream.buffer.offsetOf(received);
      // Lost before it came here, most likely, and asked for already: it goes out when it arrives.
      if (offset === -1) continue;
      const sizeBytes = stream.buffer.sizeOf(received);
      if (!this.#gate.isDue(sent, roundTripMs, now)) continue;
      if (!this.outlet.retransmissionBudget.take(sizeBytes, now)) return;
      this.#gate.handleSent(sent, now);
      this.#resend(offset, sizeBytes, sent);
    }
  }

  #resend(offset: number, sizeBytes: number, sent: number): void {
    const { memory } = this.outlet;
    retransmitted.reset(offset, sizeBytes);
    const { header } = retransmitted;
    if (!parseRtpHeader(memory, offset, sizeBytes, header)) return;
    const payloadType = this.#payloadTypes[header.payloadType] as number;
    if (payloadType < 0) return;
    const headerBytes = retransmitted.headerFor(this.#plan, memory);
    const marker = header.marker ? 0x80 : 0;
    const timestamp = (header.timestamp + this.#timestampOffset) | 0;
    const isAudio = this.kind === "audio";
    const rtxPayloadType = this.rtxSsrc === undefined ? -1 : (this.#rtxPayloadTypes[payloadType] as number);
    const { payloadOffset, payloadBytes } = header;
    let isSent: boolean;
    if (this.rtxSsrc !== undefined && rtxPayloadType >= 0) {
      const bytes = encapsulateRtx(memory, SCRATCH.packet, payloadOffset, payloadBytes, sent);
      const number = this.#rtxSequenceNumber;
      const type = marker | rtxPayloadType;
      const { headerOffset } = retransmitted;
      isSent = this.outlet.sendRtp(
        headerOffset,
        headerBytes,
        type,
        this.rtxSsrc,
        number,
        timestamp,
        SCRATCH.packet,
        bytes,
        isAudio,
      );
      if (isSent) this.#rtxSequenceNumber++;
    } else {
      // Bit for bit what was sent before: the same SRTP index must never protect anything else.
      const type = marker | payloadType;
      const { headerOffset } = retransmitted;
      isSent = this.outlet.sendRtp(
        headerOffset,
        headerBytes,
        type,
        this.ssrc,
        sent,
        timestamp,
        payloadOffset,
        payloadBytes,
        isAudio,
      );
    }
    if (isSent) this.retransmitted++;
  }

  /** The receiver asks for a key frame (PLI or FIR). Free while one is on its way; else one receiver may cause so many. */
  handleKeyFrameRequest(now: Instant): void {
    const stream = this.producer.activeStream;
    if (this.#state === "paused" || this.kind !== "video" || stream === undefined || stream.keyFrames.isWanted) return;
    if (this.#keyFrameAllowance.take(1, now)) stream.keyFrames.request(now);
  }

  /** What the receiver says about the packets it got from us (RFC 3550 §6.4.1). */
  handleReport(block: ReportBlock, ntpNow: NtpTime): void {
    this.lossRatio = block.fractionLost / 256;
    this.roundTripMs = roundTripTimeMs(block, ntpNow) ?? this.roundTripMs;
  }

  /**
   * Our sender report: the publisher's clock carried over, so that its audio and video stay in step at the receiver.
   * Undefined until the publisher has sent one and something was forwarded.
   */
  senderReport(ntpNow: NtpTime): { readonly ntp: NtpTime; readonly rtpTimestamp: number } | undefined {
    const stream = this.#stream;
    if (stream?.senderReport === undefined || this.packetsSent === 0) return undefined;
    const theirs = this.producer.clock.toTheirs(ntpNow);
    if (theirs === undefined) return undefined;
    const rtpTimestamp = (timestampAt(stream.senderReport, theirs, stream.clockRate) + this.#timestampOffset) >>> 0;
    return { ntp: ntpNow, rtpTimestamp };
  }
}
