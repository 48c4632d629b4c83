import { DEFAULT_MAX_PAYLOAD_BYTES, type Packetizer } from "./packetizer.js";
import { PayloadParts } from "./payload-parts.js";
import { isVp9KeyFrameData, readVp9FrameSize } from "./vp9-frame-header.js";

/** Flags and a 15-bit picture id (RFC 9628 §4.2). */
const DESCRIPTOR_BYTES = 3;

/** Scalability structure of one spatial layer with its size (RFC 9628 §4.2.1). */
const STRUCTURE_BYTES = 5;

export interface Vp9PacketizerOptions {
  /** Longest payload written, descriptor included; at least 9. Default {@link DEFAULT_MAX_PAYLOAD_BYTES}. */
  readonly maxPayloadBytes?: number;
  /** Picture id of the first frame, 0–32767. Default 0; RFC 9628 §4.2 recommends a random one. */
  readonly firstPictureId?: number;
}

/**
 * VP9 frames (or superframes) into RTP payloads in non-flexible mode (RFC 9628 §4.2): one spatial layer, every payload with
 * the picture id, and the size of the picture in the first one of a key frame.
 */
export class Vp9Packetizer implements Packetizer {
  readonly #maxPayloadBytes: number;
  readonly #parts = new PayloadParts();
  #frame: Uint8Array = new Uint8Array(0);
  #pictureId: number;
  #isKeyFrame = false;
  /** The scalability structure, while it is still to be sent; empty otherwise. */
  readonly #structure = new Uint8Array(STRUCTURE_BYTES);
  #structureBytes = 0;

  constructor({ maxPayloadBytes = DEFAULT_MAX_PAYLOAD_BYTES, firstPictureId = 0 }: Vp9PacketizerOptions = {}) {
    if (!(maxPayloadBytes > DESCRIPTOR_BYTES + STRUCTURE_BYTES)) throw new RangeError(`maxPayloadBytes: ${maxPayloadBytes}`);
    this.#maxPayloadBytes = maxPayloadBytes;
    this.#pictureId = (firstPictureId - 1) & 0x7fff;
  }

  get isFrameDone(): boolean {
    return this.#parts.isDone;
  }

  handleFrame(frame: Uint8Array): void {
    this.#frame = frame;
    this.#pictureId = (this.#pictureId + 1) & 0x7fff;
    this.#isKeyFrame = isVp9KeyFrameData(frame);
    const size = this.#isKeyFrame ? readVp9FrameSize(frame, 0, frame.length) : undefined;
    this.#structureBytes = 0;
    if (size !== undefined && size.width <= 0xffff && size.height <= 0xffff) {
      // N_S = 0 (one layer), Y = 1 (its size), G = 0 (no picture group).
      this.#structure.set([0x10, size.width >> 8, size.width & 0xff, size.height >> 8, size.height & 0xff]);
      this.#structureBytes = STRUCTURE_BYTES;
    }
    // Every part leaves room for the structure, so that all are of one size.
    this.#parts.begin(frame.length, this.#maxPayloadBytes - DESCRIPTOR_BYTES - this.#structureBytes);
  }

  pollPayload(target: Uint8Array, offset: number): number {
    if (this.#parts.isDone) return 0;
    const startBit = this.#parts.isFirst ? 0x08 : 0;
    const from = this.#parts.taken;
    const partBytes = this.#parts.take();
    const endBit = this.#parts.isDone ? 0x04 : 0;
    const structureBytes = startBit === 0 ? 0 : this.#structureBytes;
    // I = 1, P by the frame, L = 0, F = 0, B, E, V by the structure; Z = 1: there are no upper layers.
    target[offset] = 0x80 | (this.#isKeyFrame ? 0 : 0x40) | startBit | endBit | (structureBytes > 0 ? 0x02 : 0) | 0x01;
    target[offset + 1] = 0x80 | (this.#pictureId >> 8);
    target[offset + 2] = this.#pictureId & 0xff;
    if (structureBytes > 0) target.set(this.#structure, offset + DESCRIPTOR_BYTES);
    const headerBytes = DESCRIPTOR_BYTES + structureBytes;
    target.set(this.#frame.subarray(from, from + partBytes), offset + headerBytes);
    return headerBytes + partBytes;
  }
}
