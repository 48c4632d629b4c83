import type { RtpHeader } from "../rtp/rtp-header.js";
import type { MediaKind } from "../rtp/rtp-parameters.js";
import type { Instant } from "../time/instant.js";
import type { NtpTime } from "../time/ntp-time.js";
import type { LayerSelector } from "./layers/layer-selector.js";
import { OutputTimeline } from "./layers/output-timeline.js";
import { REWRITE } from "./layers/rewrite-word.js";
import { type SentSegment, SentSegments } from "./layers/sent-segments.js";
import type { MediaPacket } from "./media-packet.js";
import type { ReceiveStream } from "./receive-stream.js";
import { type SenderClock, type SenderReportTimes, timestampAt } from "./sender-clock.js";
import type { SentPacketLog } from "./sent-packet-log.js";
import { SequenceTranslator, TRANSLATOR_RUNS } from "./sequence-translator.js";
import { TokenBucket } from "./token-bucket.js";

/**
 * How often a Consumer begins anew with a key frame that came late, for what came after it goes out once more: else a publisher that
 * sends many of them would have each receiver sent a hundred packets for one of its own.
 */
export const RESTARTS = { perSecond: 1, burst: 3 } as const;

/**
 * Makes one RTP stream of what a Consumer forwards: which packets, under which sequence numbers and timestamps. Numbers have no
 * gaps but for what is lost, and for frames that a change of streams broke off.
 */
export class ForwardedSequence {
  /** Undefined for audio. */
  readonly #selector: LayerSelector | undefined;
  readonly #log: SentPacketLog;
  readonly #restarts = new TokenBucket(RESTARTS.perSecond, RESTARTS.burst);
  readonly #translator: SequenceTranslator;
  readonly #segments = new SentSegments();
  readonly timeline = new OutputTimeline();
  /** What is being sent belongs to it; undefined before the first packet. */
  segment: SentSegment | undefined;
  /** How to rewrite the packet that {@link take} gave a number: {@link REWRITE}. */
  rewrite = 0;
  /** Of the newest frame sent, as received; -1 while there is none in this segment. */
  #newestTimestamp = -1;
  /** Of audio: the stream that is being sent. */
  #audioStream: ReceiveStream | undefined;
  /** The packet taken last, in order, ends a frame. */
  #isLastMarked = true;
  /** The packet that came last, in order, was left out; of this timestamp and spatial layer. */
  #isLastLeftOut = false;
  #leftOutTimestamp = 0;
  #leftOutLayer = 0;

  /** `log`: of what was sent under these numbers. */
  constructor(kind: MediaKind, selector: LayerSelector | undefined, log: SentPacketLog) {
    this.#selector = selector;
    this.#log = log;
    this.#translator = new SequenceTranslator(TRANSLATOR_RUNS[kind]);
  }

  /** The stream that is being sent; undefined while it waits for one to begin with. */
  get stream(): ReceiveStream | undefined {
    return this.#selector === undefined ? this.#audioStream : this.#selector.stream;
  }

  /** Highest extended number taken so far; -1 before the first packet. */
  get highestSent(): number {
    return this.#translator.highestSent;
  }

  /** How many numbers there are from the first that was taken to the highest. */
  get span(): number {
    return this.#translator.span;
  }

  /** The extended number nearest to the highest that has these low 16 bits; -1 before the first packet. */
  extend(sequenceNumber: number): number {
    return this.#translator.extend(sequenceNumber);
  }

  /** What the packet sent under this number was part of; undefined when it is forgotten. */
  segmentOf(sent: number): SentSegment | undefined {
    return this.#segments.find(sent);
  }

  /** Nothing is taken until the next {@link begin}. */
  interrupt(): void {
    this.#audioStream = undefined;
    this.#selector?.interrupt();
  }

  /** Whether `packet`, of a stream that is not being sent, is one to begin with. */
  canBegin({ stream, frame, header }: MediaPacket, now: Instant): boolean {
    if (stream === undefined) return false;
    const selector = this.#selector;
    if (selector === undefined) return true;
    if (!frame.isKeyFrame || !selector.canBegin(stream, header.extendedSequenceNumber)) return false;
    // A late key frame would take the receiver back in time, where another encoding has gone on.
    const isPast = this.timeline.isPast(stream.lagMs(header.timestamp), now);
    if (isPast) selector.handleUseless();
    return !isPast;
  }

  /** Whether `packet`, of the stream that is being sent, is a key frame's late beginning without which the rest was of no use. */
  mustRestart({ stream, frame, header }: MediaPacket, now: Instant): boolean {
    const selector = this.#selector;
    if (stream === undefined || selector?.filter.isLost !== true || !frame.isKeyFrame) return false;
    const { extendedSequenceNumber } = header;
    if (!this.#translator.isLate(extendedSequenceNumber) || !selector.canCatchUp(stream, extendedSequenceNumber)) return false;
    return this.#restarts.take(1, now);
  }

  /** Begins with `packet`, which is to be taken next. `pastTo`, `pastTimestamp`: see {@link SentSegment}. */
  begin(packet: MediaPacket, now: Instant, pastTo: number, pastTimestamp: number): void {
    const { header, stream } = packet;
    const selector = this.#selector;
    if (stream === undefined) return;
    // A frame that was broken off must not pass for a whole one: the receiver gets to see that something is missing (mediasoup).
    const hole = selector === undefined || this.#isLastMarked ? 0 : 1;
    this.segment = this.#segments.begin(this.#translator.highestSent + 1, stream);
    this.#translator.begin(header.extendedSequenceNumber, hole);
    this.timeline.begin(stream, header.timestamp, now);
    if (selector === undefined) this.#audioStream = stream;
    else selector.begin(packet);
    this.segment.pastTo = pastTo;
    this.segment.pastTimestamp = pastTimestamp;
    this.segment.timestampOffset = this.timeline.offset;
    // What is sent once more would go back in time.
    if (pastTo >= 0) this.timeline.moveForward(stream, this.segment.timestampOf(header));
    this.segment.timestampOffset = this.timeline.offset;
    this.segment.frameNumberOffset = selector?.frameNumberOffset ?? 0;
    this.#isLastLeftOut = false;
    this.#newestTimestamp = -1;
  }

  /** The number to send a packet of {@link stream} with; -1 when it is not sent. `isKnown`: the receiver has its codec. */
  take(packet: MediaPacket, isKnown: boolean): number {
    const { header } = packet;
    const received = header.extendedSequenceNumber;
    const selector = this.#selector;
    if (selector === undefined) {
      this.rewrite = header.marker ? REWRITE.marker : 0;
      return isKnown ? this.#translator.translate(received) : -1;
    }
    const { filter } = selector;
    const isWanted = isKnown && header.payloadBytes > 0;
    if (this.#translator.isLate(received)) {
      const sent = this.#translator.translate(received);
      // Sent already, when what came after a late key frame was sent along; or too late to be remembered beside newer ones.
      if (sent < 0 || this.#log.has(sent) || sent <= this.highestSent - this.#log.capacity) return -1;
      // The receiver waits for this number, so it gets something.
      this.rewrite = isWanted && filter.acceptLate(packet) ? filter.rewrite : REWRITE.empty;
      return sent;
    }
    if (!isWanted || !filter.accept(packet)) {
      this.#leaveOut(packet);
      return -1;
    }
    this.rewrite = filter.rewrite;
    this.#isLastMarked = (filter.rewrite & REWRITE.marker) !== 0;
    this.#isLastLeftOut = false;
    return this.#translator.translate(received);
  }

  /** A packet in order that is not wanted: of another layer, of padding only, of a codec that the receiver does not have. */
  #leaveOut({ header, frame }: MediaPacket): void {
    const isSameFrame =
      this.#isLastLeftOut && header.timestamp === this.#leftOutTimestamp && frame.spatialLayer === this.#leftOutLayer;
    // Between two packets of one frame there is nothing else.
    this.#translator.leaveOut(header.extendedSequenceNumber, isSameFrame);
    this.#isLastLeftOut = header.payloadBytes > 0;
    this.#leftOutTimestamp = header.timestamp;
    this.#leftOutLayer = frame.spatialLayer;
  }

  /** The packet has gone out; true when it is the first of a newer frame than all before. */
  handleSent(header: RtpHeader, segment: SentSegment, now: Instant): boolean {
    // Nearly always the frame goes on, and the timeline need not be looked at.
    if (header.timestamp === this.#newestTimestamp) return false;
    const isNewer = this.timeline.handleSent(segment.timestampOf(header), now);
    if (isNewer) this.#newestTimestamp = header.timestamp;
    return isNewer;
  }

  /** Our sender report for `ntpNow`; undefined before the publisher has sent one. `clock`: the publisher's. */
  senderReport(clock: SenderClock, ntpNow: NtpTime): SenderReportTimes | undefined {
    const { segment } = this;
    const stream = segment?.stream;
    const theirs = clock.toTheirs(ntpNow);
    if (segment === undefined || stream?.senderReport === undefined || theirs === undefined) return undefined;
    const rtpTimestamp = (timestampAt(stream.senderReport, theirs, stream.clockRate) + segment.timestampOffset) >>> 0;
    return { ntp: ntpNow, rtpTimestamp };
  }
}
