import type { PacketMemory } from "../bytes/packet-memory.js";

/**
 * The VP8 payload descriptor (RFC 7741 §4.2) of one RTP packet. Reused from packet to packet: {@link parse} fills it in.
 *
 * Offsets count from the start of the RTP payload and are there for whoever rewrites the field in place.
 */
export class Vp8PayloadDescriptor {
  /** Bytes of the descriptor; the VP8 payload starts here. */
  sizeBytes = 0;
  /** N: no other frame refers to this one. */
  isNonReference = false;
  /** S: the payload starts a new partition. */
  isPartitionStart = false;
  /** PID, 0–7. */
  partitionIndex = 0;
  /** PictureID, 7 or 15 bits; -1 when absent. */
  pictureId = -1;
  pictureIdOffset = -1;
  /** M: the picture id has 15 bits. */
  isPictureIdLong = false;
  /** TL0PICIDX, 0–255: number of the latest frame of temporal layer 0; -1 when absent. */
  tl0PicIdx = -1;
  tl0PicIdxOffset = -1;
  /** TID, 0–3; -1 when absent. */
  temporalLayer = -1;
  /** Y: the frame depends on temporal layer 0 only, so a receiver may switch up to its layer here. */
  isLayerSync = false;
  /** KEYIDX, 0–31; -1 when absent. */
  keyIdx = -1;

  /** Reads the descriptor at `offset` of a payload of `sizeBytes`. False, with the fields undefined, when it is cut short. */
  parse({ bytes }: PacketMemory, offset: number, sizeBytes: number): boolean {
    this.#reset();
    if (sizeBytes < 1) return false;
    const first = bytes[offset] as number;
    this.isNonReference = (first & 0x20) !== 0;
    this.isPartitionStart = (first & 0x10) !== 0;
    this.partitionIndex = first & 0x07;
    this.sizeBytes = 1;
    if ((first & 0x80) === 0) return true;
    if (sizeBytes < 2) return false;
    return this.#parseExtension(bytes, offset, sizeBytes, bytes[offset + 1] as number);
  }

  #parseExtension(bytes: Uint8Array, offset: number, sizeBytes: number, flags: number): boolean {
    let at = 2;
    if ((flags & 0x80) !== 0) {
      if (at >= sizeBytes) return false;
      const high = bytes[offset + at] as number;
      this.pictureIdOffset = at;
      this.isPictureIdLong = (high & 0x80) !== 0;
      this.pictureId = high & 0x7f;
      at++;
      if (this.isPictureIdLong) {
        if (at >= sizeBytes) return false;
        this.pictureId = (this.pictureId << 8) | (bytes[offset + at] as number);
        at++;
      }
    }
    if ((flags & 0x40) !== 0) {
      if (at >= sizeBytes) return false;
      this.tl0PicIdxOffset = at;
      this.tl0PicIdx = bytes[offset + at] as number;
      at++;
    }
    if ((flags & 0x30) !== 0) {
      if (at >= sizeBytes) return false;
      const layers = bytes[offset + at] as number;
      if ((flags & 0x20) !== 0) {
        this.temporalLayer = layers >> 6;
        this.isLayerSync = (layers & 0x20) !== 0;
      }
      if ((flags & 0x10) !== 0) this.keyIdx = layers & 0x1f;
      at++;
    }
    this.sizeBytes = at;
    return true;
  }

  #reset(): void {
    this.pictureId = -1;
    this.pictureIdOffset = -1;
    this.isPictureIdLong = false;
    this.tl0PicIdx = -1;
    this.tl0PicIdxOffset = -1;
    this.temporalLayer = -1;
    this.isLayerSync = false;
    this.keyIdx = -1;
  }
}
