import { DEFAULT_MAX_PAYLOAD_BYTES, type Packetizer } from "./packetizer.js";
import { PayloadParts } from "./payload-parts.js";

/** The descriptor with a 15-bit picture id: flags, extension flags, two bytes of id (RFC 7741 §4.2). */
const DESCRIPTOR_BYTES = 4;

export interface Vp8PacketizerOptions {
  /** Longest payload written, descriptor included; at least 5. Default {@link DEFAULT_MAX_PAYLOAD_BYTES}. */
  readonly maxPayloadBytes?: number;
  /** Picture id of the first frame, 0–32767. Default 0; RFC 7741 §4.2 recommends a random one. */
  readonly firstPictureId?: number;
}

/**
 * VP8 frames into RTP payloads (RFC 7741). Every payload carries the frame's picture id; partitions are not told apart, so
 * each frame counts as one partition, as libwebrtc sends it.
 */
export class Vp8Packetizer implements Packetizer {
  readonly #maxPayloadBytes: number;
  readonly #parts = new PayloadParts();
  #frame: Uint8Array = new Uint8Array(0);
  #pictureId: number;

  constructor({ maxPayloadBytes = DEFAULT_MAX_PAYLOAD_BYTES, firstPictureId = 0 }: Vp8PacketizerOptions = {}) {
    if (!(maxPayloadBytes > DESCRIPTOR_BYTES)) throw new RangeError(`maxPayloadBytes: ${maxPayloadBytes}`);
    this.#maxPayloadBytes = maxPayloadBytes;
    this.#pictureId = (firstPictureId - 1) & 0x7fff;
  }

  get isFrameDone(): boolean {
    return this.#parts.isDone;
  }

  handleFrame(frame: Uint8Array): void {
    this.#frame = frame;
    this.#pictureId = (this.#pictureId + 1) & 0x7fff;
    this.#parts.begin(frame.length, this.#maxPayloadBytes - DESCRIPTOR_BYTES);
  }

  pollPayload(target: Uint8Array, offset: number): number {
    if (this.#parts.isDone) return 0;
    const startBit = this.#parts.isFirst ? 0x10 : 0;
    const from = this.#parts.taken;
    const partBytes = this.#parts.take();
    target[offset] = 0x80 | startBit;
    target[offset + 1] = 0x80;
    target[offset + 2] = 0x80 | (this.#pictureId >> 8);
    target[offset + 3] = this.#pictureId & 0xff;
    target.set(this.#frame.subarray(from, from + partBytes), offset + DESCRIPTOR_BYTES);
    return DESCRIPTOR_BYTES + partBytes;
  }
}
