import type { PacketPool } from "../bytes/packet-pool.js";
import { NackGenerator } from "../rtp/nack-generator.js";
import { ReceiveStatistics } from "../rtp/receive-statistics.js";
import type { MediaKind, RtpCodec } from "../rtp/rtp-parameters.js";
import { earliest, type Instant } from "../time/instant.js";
import type { CodecBinding } from "./codec-binding.js";
import { KeyFrameRequester } from "./key-frame-requester.js";
import type { MediaPacket } from "./media-packet.js";
import { RETRANSMISSION_CAPACITY, RETRANSMISSION_LIFETIME_MS, RetransmissionBuffer } from "./retransmission-buffer.js";
import type { SenderReportTimes } from "./sender-clock.js";

/**
 * One RTP stream from a publisher: what arrived, what is missing, what is kept for retransmission.
 *
 * A Producer has one, or one per encoding. RTX packets come in through the stream they repair.
 */
export class ReceiveStream {
  readonly ssrc: number;
  readonly rid: string | undefined;
  readonly kind: MediaKind;
  readonly buffer: RetransmissionBuffer;
  readonly statistics: ReceiveStatistics;
  /** Undefined when the publisher does not answer NACK. */
  readonly nack: NackGenerator | undefined;
  readonly keyFrames = new KeyFrameRequester();
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
  #highest = -1;
  #isClosed = false;
  #keyFrameTimestamp = 0;

  constructor(pool: PacketPool, ssrc: number, rid: string | undefined, kind: MediaKind, codec: RtpCodec) {
    this.ssrc = ssrc;
    this.rid = rid;
    this.kind = kind;
    this.clockRate = codec.clockRate;
    this.buffer = new RetransmissionBuffer(pool, RETRANSMISSION_CAPACITY[kind]);
    this.#lifetimeMs = RETRANSMISSION_LIFETIME_MS[kind];
    this.statistics = new ReceiveStatistics(codec.clockRate);
    this.nack = codec.feedback.includes("nack") ? new NackGenerator() : undefined;
    this.understandsPli = codec.feedback.includes("nack pli") || !codec.feedback.includes("ccm fir");
  }

  /** Takes the packet's slot; false when it is a duplicate or too old, and the slot stays the caller's. */
  handlePacket(packet: MediaPacket, binding: CodecBinding, now: Instant, isRetransmission: boolean): boolean {
    const { header } = packet;
    const extendedSequenceNumber = header.extendedSequenceNumber;
    if (!this.buffer.insert(extendedSequenceNumber, packet.offset, packet.sizeBytes, now / 1000)) return false;
    if (extendedSequenceNumber > this.#highest) this.#highest = extendedSequenceNumber;
    this.packets++;
    this.bytes += packet.sizeBytes;
    if (!isRetransmission) this.statistics.handlePacket(extendedSequenceNumber, header.timestamp, now);
    if (binding.isKeyFrame !== undefined) {
      if (this.nack?.handlePacket(extendedSequenceNumber, now) === "keyframe-needed") this.keyFrames.request(now);
    } else {
      this.nack?.handlePacket(extendedSequenceNumber, now);
    }
    if (packet.isKeyFrame) {
      // One of several slices, or parameter sets and then a picture: all have the picture's timestamp.
      if (this.keyFramesSeen === 0 || header.timestamp !== this.#keyFrameTimestamp) this.keyFramesSeen++;
      this.#keyFrameTimestamp = header.timestamp;
      this.keyFrames.handleKeyFrame();
    }
    return true;
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
