import type { PacketMemory } from "../bytes/packet-memory.js";
import { Vp9PayloadDescriptor } from "./vp9-payload-descriptor.js";

const descriptor = new Vp9PayloadDescriptor();

/**
 * Whether an RTP payload starts a VP9 key picture: the first packet of its lowest spatial layer, predicted from nothing
 * (RFC 9628 §4.2). Higher layers of the same picture are not predicted from earlier pictures either, but need the lowest.
 */
export function isVp9KeyFrame(memory: PacketMemory, offset: number, sizeBytes: number): boolean {
  if (!descriptor.parse(memory, offset, sizeBytes) || sizeBytes <= descriptor.sizeBytes) return false;
  return descriptor.isFrameStart && !descriptor.isInterPicturePredicted && descriptor.spatialLayer <= 0;
}
