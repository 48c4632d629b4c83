import type { PacketMemory } from "../bytes/packet-memory.js";

/** Header of a redundant block: F bit, payload type, 14 bits of timestamp offset, 10 bits of length (RFC 2198 §3). */
const BLOCK_HEADER_BYTES = 4;
const HAS_MORE = 0x80;
const LENGTH_MASK = 0x3ff;

/**
 * Where in a RED payload (RFC 2198 §3) of `sizeBytes` at `offset` the primary block begins, counted from `offset`; it goes on to
 * the end. -1 when the payload is malformed. The primary is what the packet's own sequence number and timestamp stand for, so
 * a receiver without RED can be given just that.
 */
export function redPrimaryOffset({ view }: PacketMemory, offset: number, sizeBytes: number): number {
  let headerBytes = 0;
  let redundantBytes = 0;
  while (headerBytes < sizeBytes) {
    if ((view.getUint8(offset + headerBytes) & HAS_MORE) === 0) {
      const primary = headerBytes + 1 + redundantBytes;
      return primary < sizeBytes ? primary : -1;
    }
    if (headerBytes + BLOCK_HEADER_BYTES > sizeBytes) return -1;
    redundantBytes += view.getUint16(offset + headerBytes + 2) & LENGTH_MASK;
    headerBytes += BLOCK_HEADER_BYTES;
  }
  return -1;
}
