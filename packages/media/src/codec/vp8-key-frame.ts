import type { PacketMemory } from "../bytes/packet-memory.js";
import { Vp8PayloadDescriptor } from "./vp8-payload-descriptor.js";

const descriptor = new Vp8PayloadDescriptor();

/** Whether an RTP payload starts a VP8 key frame: partition 0 starts here and its header has P = 0 (RFC 7741 §4.3). */
export function isVp8KeyFrame(memory: PacketMemory, offset: number, sizeBytes: number): boolean {
  if (!descriptor.parse(memory, offset, sizeBytes) || sizeBytes <= descriptor.sizeBytes) return false;
  if (!descriptor.isPartitionStart || descriptor.partitionIndex !== 0) return false;
  return ((memory.bytes[offset + descriptor.sizeBytes] as number) & 0x01) === 0;
}
