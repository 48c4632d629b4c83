import type { MediaPacket } from "../media-packet.js";

/**
 * Decides which packets of one RTP stream a Consumer forwards: those of the layers it wants, such that a decoder that gets
 * nothing else can decode them all. One per stretch of one stream; layers change where the codec allows it, not when they
 * are asked for. Allocates nothing per packet.
 */
export interface LayerFilter {
  /** The layers that are forwarded now. They may be higher than any there are. */
  readonly spatialLayer: number;
  readonly temporalLayer: number;
  /** What came since the last key frame's beginning could not be understood without it: if it comes late, it is to be begun with. */
  readonly isLost: boolean;
  /** How to rewrite the packet that was accepted last: {@link REWRITE}. */
  readonly rewrite: number;
  /** The highest layers wanted. */
  setTarget(spatialLayer: number, temporalLayer: number): void;
  /**
   * Whether what is wanted comes with a key frame only, when the publisher sends no higher spatial layer than this; -1 where
   * spatial layers are not the filter's business.
   */
  needsKeyFrame(highestActive: number): boolean;
  /** Starts with the key frame that begins in `packet`, which is to be accepted next. */
  begin(packet: MediaPacket): void;
  /** Whether to forward a packet that is newer than all before it. */
  accept(packet: MediaPacket): boolean;
  /** The same for one whose successors came before it; no layer changes. */
  acceptLate(packet: MediaPacket): boolean;
}
