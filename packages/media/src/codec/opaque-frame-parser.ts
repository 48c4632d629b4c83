import type { PacketMemory } from "../bytes/packet-memory.js";
import type { RtpHeader } from "../rtp/rtp-header.js";
import type { FrameInfo, FrameParser } from "./frame-info.js";

/**
 * For codecs whose payload nobody here can read: a frame is what lies between marker bits (RFC 3551 §4.1), and every frame
 * counts as a key frame, because nothing would ever say that one is.
 */
export class OpaqueFrameParser implements FrameParser {
  #timestamp = -1;

  parse(_memory: PacketMemory, header: RtpHeader, info: FrameInfo): boolean {
    info.reset();
    info.isFrameStart = header.timestamp !== this.#timestamp;
    this.#timestamp = header.timestamp;
    info.isFrameEnd = header.marker;
    info.isKeyFrame = info.isFrameStart;
    info.isInterPicturePredicted = !info.isKeyFrame;
    return true;
  }
}
