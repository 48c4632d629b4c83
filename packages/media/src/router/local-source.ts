import { MAX_RTP_BYTES, type PacketMemory } from "../bytes/packet-memory.js";
import type { PacketPool } from "../bytes/packet-pool.js";
import { ONE_BYTE_EXTENSION_PROFILE } from "../rtp/header-extension.js";
import { parseRtpHeader } from "../rtp/rtp-header.js";
import { EXTENSION_URI } from "../rtp/rtp-parameters.js";
import type { Instant } from "../time/instant.js";
import type { NtpTime } from "../time/ntp-time.js";
import type { MediaPacket } from "./media-packet.js";
import { PACKET_OUTCOME, type Producer } from "./producer.js";
import type { ReceiveStream } from "./receive-stream.js";

const HEADER_BYTES = 12;
/** A block with the one element of an audio level (RFC 8285 §4.2, RFC 6464 §3): profile, length, element, padding. */
const AUDIO_LEVEL_BYTES = 8;
/** RFC 6464 §3: the packet holds voice. */
const VOICE_BIT = 0x80;

/**
 * Feeds a Producer with packets of our own making instead of a peer's: how our own clients publish. Everything behind the
 * Producer (retransmission, reports, key-frame requests) is then the same code that forwards. One per encoding.
 */
export class LocalSource {
  readonly producer: Producer;
  readonly #memory: PacketMemory;
  readonly #pool: PacketPool;
  readonly #payloadType: number;
  readonly #clockRate: number;
  readonly #ssrc: number;
  readonly #rid: string | undefined;
  /** Of the Producer's audio-level extension; 0: it has none. */
  readonly #audioLevelId: number;
  /** Audio: how loud the next packets are, 0–127 in -dBov (RFC 6464), said where the Producer has the extension; 127 is silence. */
  audioLevel = 127;
  #stream: ReceiveStream | undefined;
  #extendedSequenceNumber = 0;

  /** `rid`: of one of several encodings that the Producer's parameters declare. */
  constructor(
    memory: PacketMemory,
    pool: PacketPool,
    producer: Producer,
    payloadType: number,
    clockRate: number,
    ssrc: number,
    rid?: string,
  ) {
    this.#memory = memory;
    this.#pool = pool;
    this.producer = producer;
    this.#payloadType = payloadType;
    this.#clockRate = clockRate;
    this.#ssrc = ssrc;
    this.#rid = rid;
    const { kind, headerExtensions } = producer.parameters;
    const level = headerExtensions.find(({ uri }) => kind === "audio" && uri === EXTENSION_URI.audioLevel);
    this.#audioLevelId = level?.id ?? 0;
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
    const hasLevel = this.#audioLevelId !== 0;
    const headerBytes = HEADER_BYTES + (hasLevel ? AUDIO_LEVEL_BYTES : 0);
    const sizeBytes = headerBytes + payload.length;
    if (sizeBytes > MAX_RTP_BYTES - 64) return false;
    const offset = this.#pool.take();
    if (offset === -1) return false;
    const { bytes, view } = this.#memory;
    bytes[offset] = hasLevel ? 0x90 : 0x80;
    bytes[offset + 1] = this.#payloadType | (isMarked ? 0x80 : 0);
    view.setUint16(offset + 2, this.#extendedSequenceNumber & 0xffff);
    view.setUint32(offset + 4, timestamp >>> 0);
    view.setInt32(offset + 8, this.#ssrc | 0);
    if (hasLevel) this.#writeAudioLevel(offset + HEADER_BYTES);
    bytes.set(payload, offset + headerBytes);
    this.#stream ??= this.producer.openStream(this.#ssrc | 0, this.#rid, this.#payloadType);
    const stream = this.#stream;
    if (stream !== undefined && parseRtpHeader(this.#memory, offset, sizeBytes, packet.header)) {
      stream.clockRate = this.#clockRate;
      packet.header.extendedSequenceNumber = this.#extendedSequenceNumber++;
      packet.reset(offset, sizeBytes);
      if (this.producer.handlePacket(stream, packet, now, true) === PACKET_OUTCOME.kept) return true;
    }
    this.#pool.release(offset);
    return false;
  }

  #writeAudioLevel(offset: number): void {
    const { view } = this.#memory;
    const isVoice = this.audioLevel < 127;
    view.setUint16(offset, ONE_BYTE_EXTENSION_PROFILE);
    view.setUint16(offset + 2, 1);
    view.setUint32(
      offset + 4,
      (((this.#audioLevelId << 4) << 24) | (((isVoice ? VOICE_BIT : 0) | this.audioLevel) << 16)) >>> 0,
    );
  }
}
