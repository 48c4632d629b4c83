import type { PacketMemory } from "../bytes/packet-memory.js";
import type { RtpHeader } from "../rtp/rtp-header.js";
import type { FrameInfo, FrameParser } from "./frame-info.js";
import { Vp8PayloadDescriptor } from "./vp8-payload-descriptor.js";

/** VP8 frames by their payload descriptor and the first byte of the payload header (RFC 7741 §4.2, §4.3). */
export class Vp8FrameParser implements FrameParser {
  readonly #descriptor = new Vp8PayloadDescriptor();

  parse(memory: PacketMemory, { payloadOffset, payloadBytes, marker }: RtpHeader, info: FrameInfo): boolean {
    info.reset();
    const descriptor = this.#descriptor;
    if (!descriptor.parse(memory, payloadOffset, payloadBytes) || payloadBytes <= descriptor.sizeBytes) return false;
    info.isFrameStart = descriptor.isPartitionStart && descriptor.partitionIndex === 0;
    info.isFrameEnd = marker;
    // P is the inverse key frame flag, in the frame's first byte only.
    if (info.isFrameStart) info.isKeyFrame = ((memory.bytes[payloadOffset + descriptor.sizeBytes] as number) & 0x01) === 0;
    info.isInterPicturePredicted = !info.isKeyFrame;
    if (descriptor.temporalLayer > 0) info.temporalLayer = descriptor.temporalLayer;
    info.isTemporalSwitch = descriptor.isLayerSync;
    if (descriptor.pictureIdOffset >= 0) {
      info.pictureId = descriptor.pictureId;
      info.pictureIdOffset = payloadOffset + descriptor.pictureIdOffset;
      info.pictureIdBytes = descriptor.isPictureIdLong ? 2 : 1;
    }
    if (descriptor.tl0PicIdxOffset >= 0) {
      info.tl0PictureIndex = descriptor.tl0PicIdx;
      info.tl0PictureIndexOffset = payloadOffset + descriptor.tl0PicIdxOffset;
    }
    return true;
  }
}
