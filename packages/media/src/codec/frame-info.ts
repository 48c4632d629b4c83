import type { PacketMemory } from "../bytes/packet-memory.js";
import type { RtpHeader } from "../rtp/rtp-header.js";
import type { DependencyInfo } from "./dependency-descriptor/dependency-info.js";

/**
 * What one RTP packet says about the video frame it belongs to: by its payload descriptor (VP8 RFC 7741 §4.2, VP9 RFC 9628 §4.2),
 * its NAL or OBU headers, or its dependency descriptor. Filled by a {@link FrameParser}, reused from packet to packet.
 *
 * Layers are 0 where the codec or the packet does not tell them. Offsets are absolute places in the packet memory, -1 when the
 * field is absent.
 */
export class FrameInfo {
  /** A key frame begins in this packet: a decoder can start here (parameter sets included, or in the same frame before it). */
  isKeyFrame = false;
  /** First packet of a frame of its layer. */
  isFrameStart = true;
  /** Last packet of a frame of its layer (with spatial layers the marker bit is the picture's, not the layer's). */
  isFrameEnd = false;
  /** 0–7. */
  spatialLayer = 0;
  /** 0–7. */
  temporalLayer = 0;
  /** Who receives fewer temporal layers may receive {@link temporalLayer} from this frame on (VP8 Y, VP9 U, DD switch indication). */
  isTemporalSwitch = false;
  /** The frame is predicted from a lower spatial layer of the same picture (VP9 D). */
  isInterLayerPredicted = false;
  /** The frame is predicted from earlier pictures of its own layer (VP9 P); false on the layers of a key picture. */
  isInterPicturePredicted = true;
  /** No frame of a higher spatial layer in this picture refers to this one (VP9 Z). */
  isNotReferenceForUpperLayers = false;
  /** VP8 and VP9 picture id, 7 or 15 bits; -1 when absent. */
  pictureId = -1;
  pictureIdOffset = -1;
  /** 1 or 2. */
  pictureIdBytes = 0;
  /** VP8 and VP9 TL0PICIDX, 8 bits; -1 when absent. */
  tl0PictureIndex = -1;
  tl0PictureIndexOffset = -1;
  /** What the dependency descriptor says; undefined without one. The object is reused: copy what is to be kept. */
  dependency: DependencyInfo | undefined = undefined;

  /** Back to "nothing known", before a packet is parsed. */
  reset(): void {
    this.isKeyFrame = false;
    this.isFrameStart = true;
    this.isFrameEnd = false;
    this.spatialLayer = 0;
    this.temporalLayer = 0;
    this.isTemporalSwitch = false;
    this.isInterLayerPredicted = false;
    this.isInterPicturePredicted = true;
    this.isNotReferenceForUpperLayers = false;
    this.pictureId = -1;
    this.pictureIdOffset = -1;
    this.pictureIdBytes = 0;
    this.tl0PictureIndex = -1;
    this.tl0PictureIndexOffset = -1;
    this.dependency = undefined;
  }
}

/** Fills {@link FrameInfo}s of one RTP stream; has state because a dependency descriptor refers to the last structure sent. */
export interface FrameParser {
  /**
   * Reads one plain packet with a payload. False: the descriptor is malformed and the packet must be dropped and counted;
   * `info` is then without meaning. Never throws, allocates nothing except where a key frame brings a new structure.
   */
  parse(memory: PacketMemory, header: RtpHeader, info: FrameInfo): boolean;
}
