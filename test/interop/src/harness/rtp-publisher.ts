import type { MediaFile } from "@sluice/cli";

const RTP_HEADER_BYTES = 12;
const PAYLOAD_BYTES = 1_500;
const TICK_MS = 10;

export interface RtpPublisherOptions {
  readonly file: MediaFile;
  readonly payloadType: number;
  readonly ssrc: number;
  /** Takes one plain RTP packet; the client protects it. */
  readonly send: (packet: Buffer) => void;
}

/** Plays a file over and over as RTP, for clients that have SRTP but no media of their own. */
export class RtpPublisher {
  readonly #options: RtpPublisherOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #startedMs = performance.now();
  /** Of the next frame, counted over all rounds. */
  #frame = 0;
  #sequenceNumber = 0xfff0;
  packets = 0;

  constructor(options: RtpPublisherOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#sendDue(), TICK_MS);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #sendDue(): void {
    const { file } = this.#options;
    const { clockRate } = file.codec;
    const position = ((performance.now() - this.#startedMs) / 1_000) * clockRate;
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
