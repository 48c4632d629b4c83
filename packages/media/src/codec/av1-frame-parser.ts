import type { PacketMemory } from "../bytes/packet-memory.js";
import type { RtpHeader } from "../rtp/rtp-header.js";
import { Av1Payload } from "./av1-payload.js";
import type { FrameInfo, FrameParser } from "./frame-info.js";

/**
 * AV1 frames by their aggregation and OBU headers, for packets without a dependency descriptor. A packet never holds OBUs of
 * two frames (RTP Payload Format for AV1 §4.4), and the frames of one temporal unit share its timestamp; so a frame starts
 * with the first packet of a timestamp or of a spatial layer, and where it ends is known of the temporal unit's last one only.
 */
export class Av1FrameParser implements FrameParser {
  readonly #payload = new Av1Payload();
  /** Of the packet before this one. */
  #timestamp = -1;
  #temporalLayer = 0;
  #spatialLayer = 0;

  parse(memory: PacketMemory, { payloadOffset, payloadBytes, marker, timestamp }: RtpHeader, info: FrameInfo): boolean {
    info.reset();
    const payload = this.#payload;
    if (!payload.parse(memory, payloadOffset, payloadBytes)) return false;
    info.isKeyFrame = payload.isNewSequence || payload.hasSequenceHeader;
    info.isInterPicturePredicted = !info.isKeyFrame;
    info.isFrameEnd = marker;
    const isSameUnit = timestamp === this.#timestamp;
    if (payload.temporalLayer >= 0) {
      info.temporalLayer = payload.temporalLayer;
      info.spatialLayer = payload.spatialLayer;
    } else if (payload.isContinuation && isSameUnit) {
      info.temporalLayer = this.#temporalLayer;
      info.spatialLayer = this.#spatialLayer;
    }
    info.isFrameStart = !payload.isContinuation && !(isSameUnit && info.spatialLayer === this.#spatialLayer);
    this.#timestamp = timestamp;
    this.#temporalLayer = info.temporalLayer;
    this.#spatialLayer = info.spatialLayer;
    return true;
  }
}
