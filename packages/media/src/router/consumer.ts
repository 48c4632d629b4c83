import { SCRATCH } from "../bytes/packet-memory.js";
import { redPrimaryOffset } from "../codec/red-primary-block.js";
import type { ReportBlock } from "../rtcp/report-block.js";
import type { MediaKind } from "../rtp/rtp-parameters.js";
import { encapsulateRtx } from "../rtp/rtx.js";
import type { Instant } from "../time/instant.js";
import type { NtpTime } from "../time/ntp-time.js";
import { type ConsumerLayers, type ConsumerParameters, type LayerPreference, NO_LAYER_LIMIT } from "../transport/parameters.js";
import type { CodecPlan } from "./codec-plan.js";
import { ForwardedSequence } from "./forwarded-sequence.js";
import { FreezeMeter } from "./freeze-meter.js";
import type { HeaderPlan } from "./header-plan.js";
import { type DemandingConsumer, KeyFrameDemand } from "./key-frame-demand.js";
import { KeyFrameReplay, type ReplayingConsumer } from "./key-frame-replay.js";
import { LayerSelector } from "./layers/layer-selector.js";
import { restoreIds, shiftFrameNumber, writeIds } from "./layers/payload-rewriting.js";
import type { ProducerLayers } from "./layers/producer-layers.js";
import { REWRITE } from "./layers/rewrite-word.js";
import type { SentSegment } from "./layers/sent-segments.js";
import { MediaPacket } from "./media-packet.js";
import type { PacketReceiver } from "./packet-receiver.js";
import type { Producer } from "./producer.js";
import type { ReceiveStream } from "./receive-stream.js";
import { type ResendingConsumer, Retransmission } from "./retransmission.js";
import type { RtpOutlet } from "./rtp-outlet.js";
import { RtxStream } from "./rtx-stream.js";
import type { SenderReportTimes } from "./sender-clock.js";
import { NO_STAMP, SENT_PACKETS_REMEMBERED, SentPacketLog } from "./sent-packet-log.js";

/** Scratch for packets of the past; one at a time. */
const rebuilt = new MediaPacket(SCRATCH.header);

/**
 * Media leaving a Router to one receiver: a Producer's packets under this receiver's SSRC, numbers and payload types. Of video,
 * those layers that its {@link LayerSelector} picks.
 */
export class Consumer implements PacketReceiver, ResendingConsumer, ReplayingConsumer, DemandingConsumer {
  readonly id: string;
  readonly kind: MediaKind;
  readonly ssrc: number;
  readonly cname: string;
  readonly producer: Producer;
  readonly outlet: RtpOutlet;
  readonly #plan: HeaderPlan;
  readonly #payloadTypes: Int16Array;
  /** Present when RTX was negotiated. */
  readonly #rtx: RtxStream | undefined;
  /** By the publisher's payload type: 1 for RED of which the receiver gets the primary block alone. */
  readonly #isUnwrapped: Uint8Array;
  readonly log: SentPacketLog;
  readonly #sequence: ForwardedSequence;
  readonly retransmission = new Retransmission(this);
  readonly #replay = new KeyFrameReplay(this);
  isReplaying = false;
  /** Of video. */
  readonly #selector: LayerSelector | undefined;
  readonly #keyFrames: KeyFrameDemand;
  #isPaused: boolean;
  #isHeld: boolean;
  packetsSent = 0;
  /** Payload bytes, as sender reports count them (RFC 3550 §6.4.1). */
  payloadBytesSent = 0;
  droppedPayloadType = 0;
  /** Video frames begun. */
  framesSent = 0;
  /** Video: when the receiver's picture stood still, as far as what is sent tells. */
  readonly freezes = new FreezeMeter();
  lossRatio = 0;

  constructor(producer: Producer, outlet: RtpOutlet, plan: HeaderPlan, codecs: CodecPlan, parameters: ConsumerParameters) {
    this.id = parameters.consumerId;
    this.kind = parameters.kind;
    this.ssrc = parameters.ssrc | 0;
    this.cname = parameters.cname;
    this.producer = producer;
    this.#selector = this.kind === "video" ? new LayerSelector(producer, parameters) : undefined;
    this.#keyFrames = new KeyFrameDemand(this, this.#selector, this.#replay);
    this.outlet = outlet;
    this.log = new SentPacketLog(SENT_PACKETS_REMEMBERED[parameters.kind]);
    this.#sequence = new ForwardedSequence(this.kind, this.#selector, this.log);
    this.#plan = plan;
    this.#payloadTypes = codecs.payloadTypes;
    this.#isUnwrapped = codecs.isUnwrapped;
    if (parameters.rtxSsrc !== undefined) {
      this.#rtx = new RtxStream(parameters.rtxSsrc | 0, codecs.rtxPayloadTypes, plan, outlet, this.kind === "audio");
    }
    this.#isPaused = parameters.isPaused;
    this.#isHeld = parameters.isHeld === true;
  }

  get rtxSsrc(): number | undefined {
    return this.#rtx?.ssrc;
  }

  /** To the receiver and back; undefined until it has reported. */
  get roundTripMs(): number | undefined {
    return this.outlet.roundTrip.ms;
  }

  get highestSent(): number {
    return this.#sequence.highestSent;
  }

  /** Numbers that lie between those of packets that were sent, and that nothing was sent under so far. */
  get skipped(): number {
    return this.#sequence.span - this.packetsSent;
  }

  get retransmitted(): number {
    return this.retransmission.retransmitted;
  }

  /** The stream that is being sent; undefined while paused, or while it waits for one to begin with. */
  get stream(): ReceiveStream | undefined {
    return this.#sequence.stream;
  }

  /** Whether packets pass: it is neither paused nor waiting for one to begin with. */
  get isForwarding(): boolean {
    return this.stream !== undefined;
  }

  /** It is paused, or held back. */
  get isSilent(): boolean {
    return this.#isPaused || this.#isHeld;
  }

  setPaused(isPaused: boolean, now: Instant): void {
    const wasSilent = this.isSilent;
    this.#isPaused = isPaused;
    this.#handleSilence(wasSilent, now);
  }

  /** What was held back begins: the receiver knows of it by now. */
  release(now: Instant): void {
    const wasSilent = this.isSilent;
    this.#isHeld = false;
    this.#handleSilence(wasSilent, now);
  }

  #handleSilence(wasSilent: boolean, now: Instant): void {
    if (this.isSilent === wasSilent) return;
    this.#sequence.interrupt();
    if (wasSilent) this.requestKeyFrame(now);
    else this.freezes.interrupt(now);
  }

  handleDiscontinuity(stream: ReceiveStream): void {
    if (stream === this.stream) this.#sequence.interrupt();
  }

  handleProducerPaused(now: Instant): void {
    this.freezes.interrupt(now);
  }

  /** The Outlet has become able to send: a picture that starts in the middle is of no use. */
  handleReady(now: Instant): void {
    if (!this.isForwarding) this.requestKeyFrame(now);
  }

  /** A key frame is needed to begin with: one from memory where that will do, else the publisher is asked. */
  requestKeyFrame(now: Instant): void {
    if (!this.isSilent) this.#keyFrames.begin(now);
    else if (!this.#isPaused) this.#keyFrames.prepare(now);
  }

  /** Key frames that were sent from memory. */
  get replays(): number {
    return this.#replay.count;
  }

  isWatching(stream: ReceiveStream): boolean {
    return !this.isSilent && this.#selector?.isWatching(stream) !== false;
  }

  // --- layers of video ------------------------------------------------------------------------------------------------

  /** What the receiver wants of it at most. Takes effect with the next {@link handleTick}. */
  get preference(): LayerPreference {
    return this.#selector?.preference ?? NO_LAYER_LIMIT;
  }

  set preference(preference: LayerPreference) {
    if (this.#selector !== undefined) this.#selector.preference = preference;
  }

  /** What the Producer's video costs, layer by layer. */
  get layerCosts(): ProducerLayers {
    return this.producer.layers;
  }

  /** The path carries these layers at most; undefined: nothing. Before the first call there is no limit. */
  setAllocation(layers: ConsumerLayers | undefined, now: Instant): void {
    // What the path does not carry is no freeze: the receiver is told that it is not sent.
    if (layers === undefined && !this.isStarved) this.freezes.interrupt(now);
    this.#selector?.setAllocation(layers, now);
  }

  /** What is sent now; undefined for nothing. */
  get layers(): ConsumerLayers | undefined {
    return this.#selector?.layers;
  }

  /** Nothing is sent because the path does not carry it. */
  get isStarved(): boolean {
    return !this.isSilent && this.#selector?.isStarved === true;
  }

  /** How often the spatial layer has changed. */
  get layerSwitches(): number {
    return this.#selector?.switches ?? 0;
  }

  /** True when it has looked at what there is and what is wanted: {@link layers} may be others than before. */
  handleTick(now: Instant): boolean {
    this.#replay.advance(now);
    return !this.isSilent && this.#selector?.handleTick(now) === true;
  }

  // --- packets --------------------------------------------------------------------------------------------------------

  sendPending(): void {
    if (this.isSilent) return;
    const { producer } = this;
    for (let index = 0; index < producer.pendingCount; index++) {
      const packet = producer.pending[index] as MediaPacket;
      if (packet.stream !== this.stream || this.#sequence.mustRestart(packet, this.outlet.now)) this.#beginLive(packet);
      else if (!this.isReplaying || !this.#replay.holds(packet)) this.sendPacket(packet);
    }
  }

  sendPacket(packet: MediaPacket): void {
    const { header } = packet;
    const sequence = this.#sequence;
    const payloadType = this.#payloadTypes[header.payloadType] as number;
    if (payloadType < 0) this.droppedPayloadType++;
    const sent = sequence.take(packet, payloadType >= 0);
    const { segment, rewrite } = sequence;
    if (sent < 0 || segment === undefined) return;
    const { now } = this.outlet;
    this.log.remember(sent, header.extendedSequenceNumber, rewrite, (now / 1000) | 0);
    if (this.#selector !== undefined && packet.frame.isKeyFrame) this.retransmission.handleKeyFrameSent(sent);
    const isDeferred = this.outlet.isPacing && this.#selector !== undefined && this.outlet.paced.defer(this, sent, now);
    if (!isDeferred && !this.#write(packet, Math.max(0, payloadType), sent, segment, rewrite, NO_STAMP)) return;
    if (!isDeferred) this.log.setStamp(sent, this.outlet.lastStamp);
    this.packetsSent++;
    if ((rewrite & REWRITE.empty) !== 0) return;
    this.payloadBytesSent += header.payloadBytes;
    if (!sequence.handleSent(header, segment, now) || this.#selector === undefined) return;
    this.freezes.handleFrame(now);
    this.framesSent++;
  }

  handleForgotten(): void {
    this.packetsSent--;
  }

  /** Starts with this packet of a stream that is not being sent, if it is one to start with; late itself, what came after follows. */
  #beginLive(packet: MediaPacket): void {
    if (this.begin(packet, -1, 0) && this.#selector !== undefined) this.#replay.follow(packet);
  }

  begin(packet: MediaPacket, pastTo: number, pastTimestamp: number): boolean {
    if (packet.stream !== this.stream && !this.#sequence.canBegin(packet, this.outlet.now)) return false;
    if ((this.#payloadTypes[packet.header.payloadType] as number) < 0) {
      this.droppedPayloadType++;
      return false;
    }
    this.#sequence.begin(packet, this.outlet.now, pastTo, pastTimestamp);
    this.#keyFrames.handleBegun(this.outlet.now);
    this.sendPacket(packet);
    return true;
  }

  get firstStream(): ReceiveStream | undefined {
    return this.isSilent ? undefined : this.#selector?.firstStream;
  }

  lastSentOf(stream: ReceiveStream): number {
    if (this.packetsSent === 0) return -1;
    const isSame = this.#sequence.segment?.stream === stream && this.log.has(this.highestSent);
    return isSame ? this.log.receivedFor(this.highestSent) : Number.POSITIVE_INFINITY;
  }

  /** Sends again what the receiver misses (RFC 4585 §6.2.1). */
  handleNack(lost: readonly number[], now: Instant): void {
    if (this.isForwarding && this.retransmission.handleNack(lost, now)) this.#keyFrames.request(now);
  }

  extendSent(sequenceNumber: number): number {
    return this.#sequence.extend(sequenceNumber);
  }

  sizeOfSent(sent: number): number {
    const buffer = this.#sequence.segmentOf(sent)?.stream?.buffer;
    const received = this.log.receivedFor(sent);
    return buffer?.has(received) === true ? buffer.sizeOf(received) : -1;
  }

  resend(sent: number, byRtx = true): boolean {
    const segment = this.#sequence.segmentOf(sent);
    const stream = segment?.stream;
    const { memory } = this.outlet;
    if (segment === undefined || stream?.read(memory, this.log.receivedFor(sent), rebuilt) !== true) return false;
    const { header } = rebuilt;
    const binding = this.producer.bindingFor(header.payloadType);
    const payloadType = Math.max(0, this.#payloadTypes[header.payloadType] as number);
    const rewrite = this.log.rewriteOf(sent);
    const hasIds = (rewrite & REWRITE.ids) !== 0;
    // To find the ids again. What has none is not parsed a second time: its parser may go by the order of arrival.
    if (binding === undefined || (hasIds && !stream.parse(memory, rebuilt, binding))) return false;
    const rtx = !byRtx || this.#isUnwrapped[header.payloadType] === 1 ? undefined : this.#rtx;
    const rtxPayloadType = rtx?.payloadTypeFor(payloadType) ?? -1;
    // Without RTX bit for bit what was sent before: the same SRTP index must never protect anything else.
    if (rtx === undefined || rtxPayloadType < 0) {
      const isSentAgain = this.#write(rebuilt, payloadType, sent, segment, rewrite, this.log.stampOf(sent));
      if (isSentAgain) this.log.setStamp(sent, this.outlet.lastStamp);
      return isSentAgain;
    }
    if (hasIds) writeIds(memory, rebuilt.frame, rewrite);
    const size = (rewrite & REWRITE.empty) !== 0 ? 0 : header.payloadBytes;
    const payloadBytes = encapsulateRtx(memory, SCRATCH.packet, header.payloadOffset, size, sent);
    if (hasIds) restoreIds(memory, rebuilt.frame);
    const headerBytes = rebuilt.headerFor(this.#plan, memory);
    shiftFrameNumber(memory, rebuilt.rebuiltDescriptorOffset, segment.frameNumberOffset);
    const type = (rewrite & REWRITE.marker) !== 0 ? rtxPayloadType | 0x80 : rtxPayloadType;
    const timestamp = segment.timestampOf(header);
    return rtx.send(rebuilt.headerOffset, headerBytes, type, timestamp, payloadBytes, rebuilt.stampAt);
  }

  /** Whether something can be sent that the receiver throws away: RTX was negotiated for what it gets. */
  get canSendPadding(): boolean {
    return this.#rtx?.canSendPadding === true;
  }

  /** Sends one RTX packet of `sizeBytes` padding (1–255) and nothing else. */
  sendPadding(sizeBytes: number): boolean {
    return this.canSendPadding && this.#rtx?.sendPadding(sizeBytes, this.#sequence.timeline.lastTimestamp) === true;
  }

  /** Sends the packet under our number `sent`, in the media's own stream; with `stamp`, if it went out before. */
  #write(
    packet: MediaPacket,
    payloadType: number,
    sent: number,
    segment: SentSegment,
    rewrite: number,
    stamp: number,
  ): boolean {
    const { header } = packet;
    const { memory } = this.outlet;
    const isUnwrapped = this.#isUnwrapped[header.payloadType] === 1;
    const skipped = isUnwrapped ? redPrimaryOffset(memory, header.payloadOffset, header.payloadBytes) : 0;
    if (skipped < 0) return false;
    const headerBytes = packet.headerFor(this.#plan, memory);
    const hasIds = (rewrite & REWRITE.ids) !== 0;
    // Other Consumers, and retransmissions, find the packet as it came.
    if (hasIds) writeIds(memory, packet.frame, rewrite);
    const { frameNumberOffset } = segment;
    shiftFrameNumber(memory, packet.rebuiltDescriptorOffset, frameNumberOffset);
    const isSent = this.outlet.sendRtp(
      packet.headerOffset,
      headerBytes,
      (rewrite & REWRITE.marker) !== 0 ? payloadType | 0x80 : payloadType,
      this.ssrc,
      sent,
      segment.timestampOf(header),
      header.payloadOffset + skipped,
      (rewrite & REWRITE.empty) !== 0 ? 0 : header.payloadBytes - skipped,
      this.kind === "audio",
      packet.stampAt,
      stamp,
    );
    shiftFrameNumber(memory, packet.rebuiltDescriptorOffset, -frameNumberOffset);
    if (hasIds) restoreIds(memory, packet.frame);
    return isSent;
  }

  /** The receiver asks for a key frame (PLI or FIR). */
  handleKeyFrameRequest(now: Instant): void {
    if (!this.isSilent && this.#keyFrames.handleRequest(now)) this.retransmission.handleKeyFrameRequest(now);
  }

  /** What the receiver says about the packets it got from us (RFC 3550 §6.4.1). */
  handleReport(block: ReportBlock): void {
    this.lossRatio = block.fractionLost / 256;
  }

  /**
   * Our sender report: the publisher's clock carried over, so that its audio and video stay in step at the receiver.
   * Undefined until the publisher has sent one and something was forwarded.
   */
  senderReport(ntpNow: NtpTime): SenderReportTimes | undefined {
    return this.packetsSent === 0 ? undefined : this.#sequence.senderReport(this.producer.clock, ntpNow);
  }
}
