import type { MediaFile } from "@sluice/cli";

const RTP_HEADER_BYTES = 12;
const PAYLOAD_BYTES = 1_500;
const TICK_MS = 10;
const REPORT_INTERVAL_MS = 500;
/** NTP time counts from 1900. */
const NTP_UNIX_OFFSET_S = 2_208_988_800;

export interface RtpPublisherOptions {
  readonly file: MediaFile;
  readonly payloadType: number;
  readonly ssrc: number;
  /** Takes one plain RTP or RTCP packet; the client protects it. */
  readonly send: (packet: Buffer) => void;
}

/** Plays a file over and over as RTP, for clients that have SRTP but no media of their own. */
export class RtpPublisher {
  readonly #options: RtpPublisherOptions;
  readonly #timers: readonly NodeJS.Timeout[];
  readonly #startedMs = performance.now();
  /** Of the next frame, counted over all rounds. */
  #frame = 0;
  #sequenceNumber = 0xfff0;
  packets = 0;

  constructor(options: RtpPublisherOptions) {
    this.#options = options;
    this.#timers = [setInterval(() => this.#sendDue(), TICK_MS), setInterval(() => this.#sendReport(), REPORT_INTERVAL_MS)];
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  /** RTP units since the start. */
  get #position(): number {
    return ((performance.now() - this.#startedMs) / 1_000) * this.#options.file.codec.clockRate;
  }

  /** RFC 3550 §6.4.1. */
  #sendReport(): void {
    const report = Buffer.alloc(28);
    const unixS = Date.now() / 1_000;
    report.writeUInt8(0x80, 0);
    report.writeUInt8(200, 1);
    report.writeUInt16BE(report.length / 4 - 1, 2);
    report.writeUInt32BE(this.#options.ssrc, 4);
    report.writeUInt32BE(Math.floor(unixS) + NTP_UNIX_OFFSET_S, 8);
    report.writeUInt32BE(Math.floor((unixS % 1) * 2 ** 32), 12);
    report.writeUInt32BE(Math.floor(this.#position) >>> 0, 16);
    report.writeUInt32BE(this.packets, 20);
    this.#options.send(report);
  }

  #sendDue(): void {
    const { file } = this.#options;
    const position = this.#position;
    for (;;) {
      const frame = file.frames[this.#frame % file.frames.length];
      const round = Math.floor(this.#frame / file.frames.length);
      if (frame === undefined) return;
      const timestamp = round * file.duration + frame.timestamp;
      if (timestamp > position) return;
      this.#sendFrame(frame.data, timestamp);
      this.#frame += 1;
    }
  }

  #sendFrame(data: Uint8Array, timestamp: number): void {
    const { file, payloadType, ssrc, send } = this.#options;
    const packetizer = file.createPacketizer();
    packetizer.handleFrame(data);
    for (;;) {
      const packet = Buffer.alloc(RTP_HEADER_BYTES + PAYLOAD_BYTES);
      const payloadBytes = packetizer.pollPayload(packet, RTP_HEADER_BYTES);
      if (payloadBytes === 0) return;
      const marker = file.kind === "video" && packetizer.isFrameDone ? 0x80 : 0;
      packet.writeUInt8(0x80, 0);
      packet.writeUInt8(marker | payloadType, 1);
      packet.writeUInt16BE(this.#sequenceNumber, 2);
      packet.writeUInt32BE(timestamp >>> 0, 4);
      packet.writeUInt32BE(ssrc, 8);
      send(packet.subarray(0, RTP_HEADER_BYTES + payloadBytes));
      this.#sequenceNumber = (this.#sequenceNumber + 1) & 0xffff;
      this.packets += 1;
    }
  }
}
