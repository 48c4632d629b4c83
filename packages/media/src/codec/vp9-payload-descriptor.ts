import type { PacketMemory } from "../bytes/packet-memory.js";

/** Reference indices that flexible mode allows at most (RFC 9628 §4.2). */
const MAX_REFERENCES = 3;

/** Spatial layers that the scalability structure can describe. */
const MAX_SPATIAL_LAYERS = 8;

/**
 * The VP9 payload descriptor (RFC 9628 §4.2) of one RTP packet. Reused from packet to packet: {@link parse} fills it in.
 *
 * Offsets count from the start of the RTP payload and are there for whoever rewrites the field in place.
 */
export class Vp9PayloadDescriptor {
  /** Bytes of the descriptor; the VP9 payload starts here. */
  sizeBytes = 0;
  /** P: the frame is predicted from an earlier picture. */
  isInterPicturePredicted = false;
  /** F: references are listed in the packet. */
  isFlexible = false;
  /** B: the packet starts a frame (of one spatial layer). */
  isFrameStart = false;
  /** E: the packet ends a frame. */
  isFrameEnd = false;
  /** Z: no frame of a higher spatial layer in this picture refers to this one. */
  isNotReferenceForUpperLayers = false;
  /** PictureID, 7 or 15 bits; -1 when absent. */
  pictureId = -1;
  pictureIdOffset = -1;
  /** M: the picture id has 15 bits. */
  isPictureIdLong = false;
  /** TID, 0–7; -1 when the layer indices are absent. */
  temporalLayer = -1;
  /** U: a receiver may switch up to this temporal layer here. */
  isSwitchingUpPoint = false;
  /** SID, 0–7; -1 when the layer indices are absent. */
  spatialLayer = -1;
  /** D: the frame depends on the next lower spatial layer of this picture. */
  isInterLayerDependent = false;
  /** TL0PICIDX, 0–255; -1 when absent (it is in flexible mode). */
  tl0PicIdx = -1;
  tl0PicIdxOffset = -1;
  /** Layers in the scalability structure, 1–8; 0 when the packet carries none. */
  spatialLayerCount = 0;
  /** Width and height of each spatial layer in pixels, where the scalability structure gives them; else 0. */
  readonly widths = new Uint16Array(MAX_SPATIAL_LAYERS);
  readonly heights = new Uint16Array(MAX_SPATIAL_LAYERS);

  /** Reads the descriptor at `offset` of a payload of `sizeBytes`. False, with the fields undefined, when it is malformed. */
  parse({ bytes }: PacketMemory, offset: number, sizeBytes: number): boolean {
    this.#reset();
    if (sizeBytes < 1) return false;
    const end = offset + sizeBytes;
    const flags = bytes[offset] as number;
    this.isInterPicturePredicted = (flags & 0x40) !== 0;
    this.isFlexible = (flags & 0x10) !== 0;
    this.isFrameStart = (flags & 0x08) !== 0;
    this.isFrameEnd = (flags & 0x04) !== 0;
    this.isNotReferenceForUpperLayers = (flags & 0x01) !== 0;
    let at = offset + 1;
    if ((flags & 0x80) !== 0) at = this.#parsePictureId(bytes, offset, at, end);
    if (at >= 0 && (flags & 0x20) !== 0) at = this.#parseLayerIndices(bytes, offset, at, end);
    if (at >= 0 && this.isFlexible && this.isInterPicturePredicted) at = skipReferences(bytes, at, end);
    if (at >= 0 && (flags & 0x02) !== 0) at = this.#parseScalabilityStructure(bytes, at, end);
    if (at < 0) return false;
    this.sizeBytes = at - offset;
    return true;
  }

  // Each of the following takes the position of its field and gives the position after it, or -1 when it is cut short.

  #parsePictureId(bytes: Uint8Array, offset: number, at: number, end: number): number {
    if (at >= end) return -1;
    const high = bytes[at] as number;
    this.pictureIdOffset = at - offset;
    this.isPictureIdLong = (high & 0x80) !== 0;
    this.pictureId = high & 0x7f;
    if (!this.isPictureIdLong) return at + 1;
    if (at + 1 >= end) return -1;
    this.pictureId = (this.pictureId << 8) | (bytes[at + 1] as number);
    return at + 2;
  }

  #parseLayerIndices(bytes: Uint8Array, offset: number, at: number, end: number): number {
    if (at >= end) return -1;
    const layers = bytes[at] as number;
    this.temporalLayer = layers >> 5;
    this.isSwitchingUpPoint = (layers & 0x10) !== 0;
    this.spatialLayer = (layers >> 1) & 0x07;
    this.isInterLayerDependent = (layers & 0x01) !== 0;
    if (this.isFlexible) return at + 1;
    if (at + 1 >= end) return -1;
    this.tl0PicIdx = bytes[at + 1] as number;
    this.tl0PicIdxOffset = at + 1 - offset;
    return at + 2;
  }

  /** RFC 9628 §4.2.1. */
  #parseScalabilityStructure(bytes: Uint8Array, start: number, end: number): number {
    if (start >= end) return -1;
    const flags = bytes[start] as number;
    let at = start + 1;
    this.spatialLayerCount = (flags >> 5) + 1;
    if ((flags & 0x10) !== 0) {
      if (at + this.spatialLayerCount * 4 > end) return -1;
      for (let layer = 0; layer < this.spatialLayerCount; layer++, at += 4) {
        this.widths[layer] = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
        this.heights[layer] = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
      }
    }
    return (flags & 0x08) === 0 ? at : skipPictureGroup(bytes, at, end);
  }

  #reset(): void {
    this.pictureId = -1;
    this.pictureIdOffset = -1;
    this.isPictureIdLong = false;
    this.temporalLayer = -1;
    this.isSwitchingUpPoint = false;
    this.spatialLayer = -1;
    this.isInterLayerDependent = false;
    this.tl0PicIdx = -1;
    this.tl0PicIdxOffset = -1;
    // Key frames only have sizes; clearing them costs as much as all the rest.
    if (this.spatialLayerCount > 0) {
      this.widths.fill(0);
      this.heights.fill(0);
    }
    this.spatialLayerCount = 0;
  }
}

/** P_DIFF of flexible mode: up to three, each says whether another follows. */
function skipReferences(bytes: Uint8Array, start: number, end: number): number {
  for (let reference = 0; reference < MAX_REFERENCES; reference++) {
    const at = start + reference;
    if (at >= end) return -1;
    if (((bytes[at] as number) & 0x01) === 0) return at + 1;
  }
  // A fourth reference announced: malformed.
  return -1;
}

/** N_G pictures, each with up to three references. */
function skipPictureGroup(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) return -1;
  const pictures = bytes[start] as number;
  let at = start + 1;
  for (let picture = 0; picture < pictures; picture++) {
    if (at >= end) return -1;
    at += 1 + (((bytes[at] as number) >> 2) & 0x03);
  }
  return at > end ? -1 : at;
}
