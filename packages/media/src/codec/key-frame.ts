import type { PacketMemory } from "../bytes/packet-memory.js";
export function keyFrameDetector(_name: string): ((memory: PacketMemory, offset: number, size: number) => boolean) | undefined {
  return (memory, offset, size) =>
    size > 3 && ((memory.bytes[offset] as number) & 0x10) !== 0 && ((memory.bytes[offset + 1] as number) & 1) === 0;
}
