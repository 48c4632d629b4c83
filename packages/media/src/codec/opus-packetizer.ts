import { DEFAULT_MAX_PAYLOAD_BYTES, type Packetizer } from "./packetizer.js";

/** Opus packets into RTP payloads: one is one (RFC 7587 §4.2). A packet that is too long is dropped: it cannot be cut. */
export class OpusPacketizer implements Packetizer {
  readonly #maxPayloadBytes: number;
  #packet: Uint8Array | undefined;

  constructor({ maxPayloadBytes = DEFAULT_MAX_PAYLOAD_BYTES }: { readonly maxPayloadBytes?: number } = {}) {
    if (!(maxPayloadBytes > 0)) throw new RangeError(`maxPayloadBytes: ${maxPayloadBytes}`);
    this.#maxPayloadBytes = maxPayloadBytes;
  }

  get isFrameDone(): boolean {
    return this.#packet === undefined;
  }

  handleFrame(frame: Uint8Array): void {
    const isSendable = frame.length > 0 && frame.length <= this.#maxPayloadBytes;
    this.#packet = isSendable ? frame : undefined;
  }

  pollPayload(target: Uint8Array, offset: number): number {
    if (this.#packet === undefined) return 0;
    target.set(this.#packet, offset);
    const sizeBytes = this.#packet.length;
    this.#packet = undefined;
    return sizeBytes;
  }
}
