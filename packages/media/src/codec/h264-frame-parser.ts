import type { PacketMemory } from "../bytes/packet-memory.js";
import type { RtpHeader } from "../rtp/rtp-header.js";
import type { FrameInfo, FrameParser } from "./frame-info.js";
import { H264Payload } from "./h264-payload.js";

/**
 * H.264 frames by their NAL unit headers, timestamps and markers (RFC 6184 §5.1). There are no layers to be seen: those of
 * H.264 are known by a dependency descriptor only.
 */
export class H264FrameParser implements FrameParser {
  readonly #payload = new H264Payload();
  /** Of the newest frame whose start was seen. */
  #timestamp = -1;
  /** Of the last sequence parameter set. */
  #parameterSetTimestamp = -1;
  /** Key frames bring their parameter sets with them; otherwise they are known from the signaling (RFC 6184 §8.2.1). */
  #hasParameterSets = false;

  parse(memory: PacketMemory, { payloadOffset, payloadBytes, marker, timestamp }: RtpHeader, info: FrameInfo): boolean {
    info.reset();
    const payload = this.#payload;
    if (!payload.parse(memory, payloadOffset, payloadBytes)) return false;
    info.isFrameStart = payload.canStartFrame && timestamp !== this.#timestamp;
    info.isFrameEnd = marker;
    if (info.isFrameStart && (this.#timestamp < 0 || ((timestamp - this.#timestamp) | 0) > 0)) this.#timestamp = timestamp;
    if (payload.hasSequenceParameterSet) {
      info.isKeyFrame = true;
      this.#hasParameterSets = true;
      this.#parameterSetTimestamp = timestamp;
    } else if (payload.hasIdrSlice && payload.canStartFrame && timestamp !== this.#parameterSetTimestamp) {
      // Where key frames have had parameter sets, those of this one are lost or late, and it is not the place to start.
      // When the next one has none either, they are not sent any more.
      info.isKeyFrame = !this.#hasParameterSets;
      this.#hasParameterSets = false;
    }
    info.isInterPicturePredicted = !info.isKeyFrame;
    return true;
  }
}
