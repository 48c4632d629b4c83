/**
 * The one block of memory that packets live in.
 *
 * Every packet in the core is an offset into it and a length, both plain numbers, so that handing a packet on costs nothing
 * and so that native code can reach it by `base address + offset`. The first {@link SCRATCH_BYTES} bytes are scratch for
 * initialisation vectors, tags and rebuilt headers; the rest is cut into slots by a {@link PacketPool} and into the send
 * area by the I/O layer.
 */
export interface PacketMemory {
  readonly bytes: Uint8Array;
  /** Over exactly the same bytes as {@link bytes}. */
  readonly view: DataView;
}

/** Bytes of one packet slot. A datagram longer than this is dropped by the I/O layer and counted. */
export const SLOT_BYTES = 2048;

/** Longest RTP packet accepted, in bytes, authentication tag included (Janus caps at the same figure). */
export const MAX_RTP_BYTES = 1500;

/** Bytes reserved at offset 0 for scratch. */
export const SCRATCH_BYTES = 8192;

/** Offsets inside the scratch area; each has one user at a time because the core is single-threaded. */
export const SCRATCH = {
  /** 16 bytes: the initialisation vector of the packet being protected or unprotected. */
  iv: 0,
  /** 32 bytes: a computed authentication tag. */
  tag: 32,
  /** 16 bytes: additional authenticated data of SRTCP (RFC 7714 §9.2), 12 used. */
  aad: 64,
  /** 64 bytes: for the crypto adapter itself (output lengths and the like); the core never touches it. */
  adapter: 96,
  /** 2048 bytes: a packet that the core builds itself (RTCP, probes) before it is protected. */
  packet: 2048,
  /** 2048 bytes: rebuilt RTP headers, see the Router. */
  header: 4096,
} as const;

/** Memory of `sizeBytes` for tests and tools that need no native address. */
export function createPacketMemory(sizeBytes: number): PacketMemory {
  const bytes = new Uint8Array(sizeBytes);
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
}
