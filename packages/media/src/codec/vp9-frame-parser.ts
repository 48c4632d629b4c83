import type { PacketMemory } from "../bytes/packet-memory.js";
import type { RtpHeader } from "../rtp/rtp-header.js";
import type { FrameInfo, FrameParser } from "./frame-info.js";
import { Vp9PayloadDescriptor } from "./vp9-payload-descriptor.js";

/**
 * VP9 frames by their payload descriptor alone (RFC 9628 §4.2), flexible mode or not: every packet tells its layers, its
 * references and whether its layer's frame begins (B) or ends (E) with it.
 */
export class Vp9FrameParser implements FrameParser {
  readonly #descriptor = new Vp9PayloadDescriptor();

  parse(memory: PacketMemory, { payloadOffset, payloadBytes }: RtpHeader, info: FrameInfo): boolean {
    info.reset();
    const descriptor = this.#descriptor;
    if (!descriptor.parse(memory, payloadOffset, payloadBytes) || payloadBytes <= descriptor.sizeBytes) return false;
    info.isFrameStart = descriptor.isFrameStart;
    info.isFrameEnd = descriptor.isFrameEnd;
    if (descriptor.spatialLayer > 0) info.spatialLayer = descriptor.spatialLayer;
    if (descriptor.temporalLayer > 0) info.temporalLayer = descriptor.temporalLayer;
    info.isTemporalSwitch = descriptor.isSwitchingUpPoint;
    info.isInterLayerPredicted = descriptor.isInterLayerDependent;
    info.isInterPicturePredicted = descriptor.isInterPicturePredicted;
    info.isNotReferenceForUpperLayers = descriptor.isNotReferenceForUpperLayers;
    // Upper layers of a key picture are not predicted from earlier pictures either, but need the lowest one.
    info.isKeyFrame = info.isFrameStart && !info.isInterPicturePredicted && info.spatialLayer === 0;
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
