import { MAX_RTP_BYTES, type PacketMemory } from "../bytes/packet-memory.js";
import type { PacketPool } from "../bytes/packet-pool.js";
import { parseRtpHeader } from "../rtp/rtp-header.js";
import type { Instant } from "../time/instant.js";
import type { NtpTime } from "../time/ntp-time.js";
import type { MediaPacket } from "./media-packet.js";
import type { Producer } from "./producer.js";
import type { ReceiveStream } from "./receive-stream.js";

const HEADER_BYTES = 12;

/**
 * Feeds a Producer with packets of our own making instead of a peer's: how our own clients publish. Everything behind the
 * Producer (retransmission, reports, key-frame requests) is then the same code that forwards.
 */
export class LocalSource {
  readonly producer: Producer;
  readonly #memory: PacketMemory;
  readonly #pool: PacketPool;
  readonly #payloadType: number;
  readonly #clockRate: number;
  readonly #ssrc: number;
  #stream: ReceiveStream | undefined;
  #extendedSequenceNumber = 0;

  constructor(
    memory: PacketMemory,
    pool: PacketPool,
    producer: Producer,
    payloadType: number,
    clockRate: number,
    ssrc: number,
  ) {
    this.#memory = memory;
    this.#pool = pool;
    this.producer = producer;
    this.#payloadType = payloadType;
    this.#clockRate = clockRate;
    this.#ssrc = ssrc;
  }

  /** Whether a receiver asked for a key frame since the last call. */
  pollKeyFrameRequest(now: Instant): boolean {
    const stream = this.#stream;
    if (stream === undefined || !stream.keyFrames.pollRequest(now)) return false;
    stream.keyFrames.handleKeyFrame();
    return true;
  }

  /** Says which RTP timestamp belongs to which moment of our own wall clock; sender reports follow from it. */
  setClock(ntp: NtpTime, rtpTimestamp: number): void {
    if (this.#stream === undefined) return;
    this.producer.clock.handleReport(ntp, ntp);
    this.#stream.senderReport = { ntp, rtpTimestamp };
  }

  /** Writes one packet into a slot and hands it to the Producer. False when it is too long or no slot is free. */
  fill(packet: MediaPacket, payload: Uint8Array, timestamp: number, isMarked: boolean, now: Instant): boolean {
    const sizeBytes = HEADER_BYTES + payload.length;
    if (sizeBytes > MAX_RTP_BYTES - 64) return false;
    const offset = this.#pool.take();
    if (offset === -1) return false;
    const { bytes, view } = this.#memory;
    bytes[offset] = 0x80;
    bytes[offset + 1] = this.#payloadType | (isMarked ? 0x80 : 0);
    view.setUint16(offset + 2, this.#extendedSequenceNumber & 0xffff);
    view.setUint32(offset + 4, timestamp >>> 0);
    view.setInt32(offset + 8, this.#ssrc | 0);
    bytes.set(payload, offset + HEADER_BYTES);
    this.#stream ??= this.producer.openStream(this.#ssrc | 0, undefined, this.#payloadType);
    const stream = this.#stream;
    if (stream !== undefined && parseRtpHeader(this.#memory, offset, sizeBytes, packet.header)) {
      stream.clockRate = this.#clockRate;
      packet.header.extendedSequenceNumber = this.#extendedSequenceNumber++;
      packet.reset(offset, sizeBytes);
      if (this.producer.handlePacket(stream, packet, now, true)) return true;
    }
    this.#pool.release(offset);
    return false;
  }
}
