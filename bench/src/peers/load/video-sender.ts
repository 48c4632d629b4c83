import { sharedNowUs, writeStamp } from "./stamp.js";

/** RTP packet without the SRTP tag, bytes. */
export const PACKET_BYTES = 1_200;
/** A publisher sends a frame's packets at once; so many at most, as pacing senders do. */
export const MAX_BURST = 5;
const FRAMES_PER_SECOND = 30;
/** Whoever came late can begin; servers that wait for a key frame wait no longer. */
const KEY_FRAME_INTERVAL_MS = 1_000;
const TICK_MS = 1;
const REPORT_INTERVAL_MS = 500;
const RTP_HEADER_BYTES = 12;
const CLOCK_RATE = 90_000;
/** NTP time counts from 1900. */
const NTP_UNIX_OFFSET_S = 2_208_988_800;

export interface VideoSenderOptions {
  readonly payloadType: number;
  readonly ssrc: number;
  /** Takes one plain RTP or RTCP packet; false when it could not be sent. */
  readonly send: (packet: Buffer) => boolean;
}

interface SendingWindow {
  readonly fromUs: number;
  readonly untilUs: number;
  sent: number;
}

/**
 * RTP of a VP8 video that no decoder will ever see: right headers and descriptors (RFC 7741), a key frame each second, any rate, and
 * the time of sending in each packet.
 */
export class VideoSender {
  readonly #options: VideoSenderOptions;
  readonly #packet = Buffer.alloc(PACKET_BYTES);
  readonly #timers: readonly NodeJS.Timeout[];
  #packetsPerSecond = 0;
  #rateSinceMs = 0;
  /** Since then. */
  #sentAtRate = 0;
  #keyFrameMs = Number.NEGATIVE_INFINITY;
  #sequenceNumber = 0;
  #pictureId = 0;
  #packets = 0;
  #window: SendingWindow = { fromUs: 0, untilUs: 0, sent: 0 };

  constructor(options: VideoSenderOptions) {
    this.#options = options;
    this.#timers = [setInterval(() => this.#sendDue(), TICK_MS), setInterval(() => this.#sendReport(), REPORT_INTERVAL_MS)];
  }

  setRate(packetsPerSecond: number): void {
    this.#packetsPerSecond = packetsPerSecond;
    this.#rateSinceMs = performance.now();
    this.#sentAtRate = 0;
  }

  /** From now on it counts what it sends in that time of the shared clock. */
  countBetween(fromUs: number, untilUs: number): void {
    this.#window = { fromUs, untilUs, sent: 0 };
  }

  get counted(): number {
    return this.#window.sent;
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  #sendDue(): void {
    const nowMs = performance.now();
    const burst = Math.min(MAX_BURST, Math.max(1, Math.round(this.#packetsPerSecond / FRAMES_PER_SECOND)));
    const due = ((nowMs - this.#rateSinceMs) / 1_000) * this.#packetsPerSecond;
    while (this.#sentAtRate + burst <= due) {
      this.#sendFrame(burst, nowMs);
      this.#sentAtRate += burst;
    }
  }

  #sendFrame(packets: number, nowMs: number): void {
    const isKeyFrame = nowMs - this.#keyFrameMs >= KEY_FRAME_INTERVAL_MS;
    if (isKeyFrame) this.#keyFrameMs = nowMs;
    const timestamp = Math.floor((nowMs / 1_000) * CLOCK_RATE) >>> 0;
    for (let index = 0; index < packets; index++) {
      this.#writeHeader(timestamp, index === packets - 1);
      this.#writePayload(index === 0, isKeyFrame);
      const sentUs = sharedNowUs();
      writeStamp(this.#packet, sentUs);
      if (!this.#options.send(this.#packet)) continue;
      this.#packets += 1;
      if (sentUs >= this.#window.fromUs && sentUs < this.#window.untilUs) this.#window.sent += 1;
    }
    this.#pictureId = (this.#pictureId + 1) & 0x7fff;
  }

  #writeHeader(timestamp: number, isLast: boolean): void {
    const packet = this.#packet;
    packet.writeUInt8(0x80, 0);
    packet.writeUInt8((isLast ? 0x80 : 0) | this.#options.payloadType, 1);
    packet.writeUInt16BE(this.#sequenceNumber, 2);
    packet.writeUInt32BE(timestamp, 4);
    packet.writeUInt32BE(this.#options.ssrc, 8);
    this.#sequenceNumber = (this.#sequenceNumber + 1) & 0xffff;
  }

  /** Descriptor with a 15-bit PictureID (RFC 7741 §4.2); the first packet of a frame has the frame's header (RFC 6386 §9.1). */
  #writePayload(isFirst: boolean, isKeyFrame: boolean): void {
    const packet = this.#packet;
    packet.writeUInt8(0x80 | (isFirst ? 0x10 : 0), RTP_HEADER_BYTES);
    packet.writeUInt8(0x80, RTP_HEADER_BYTES + 1);
    packet.writeUInt16BE(0x8000 | this.#pictureId, RTP_HEADER_BYTES + 2);
    if (!isFirst) return;
    const frame = [isKeyFrame ? 0x10 : 0x11, 0x00, 0x40, 0x9d, 0x01, 0x2a, 0x00, 0x05, 0xd0, 0x02];
    packet.set(frame, RTP_HEADER_BYTES + 4);
  }

  /** Sender report (RFC 3550 §6.4.1). */
  #sendReport(): void {
    const report = Buffer.alloc(28);
    const unixS = Date.now() / 1_000;
    report.writeUInt8(0x80, 0);
    report.writeUInt8(200, 1);
    report.writeUInt16BE(report.length / 4 - 1, 2);
    report.writeUInt32BE(this.#options.ssrc, 4);
    report.writeUInt32BE(Math.floor(unixS) + NTP_UNIX_OFFSET_S, 8);
    report.writeUInt32BE(Math.floor((unixS % 1) * 2 ** 32), 12);
    report.writeUInt32BE(Math.floor((performance.now() / 1_000) * CLOCK_RATE) >>> 0, 16);
    report.writeUInt32BE(this.#packets >>> 0, 20);
    report.writeUInt32BE((this.#packets * (PACKET_BYTES - RTP_HEADER_BYTES)) >>> 0, 24);
    this.#options.send(report);
  }
}
