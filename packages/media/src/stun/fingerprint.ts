import { crc32 } from "./crc32.js";

/** Size of the FINGERPRINT attribute with its header, in bytes. */
export const FINGERPRINT_BYTES = 8;

/** The value of FINGERPRINT over `bytes[0, end)`: CRC-32 XORed with the ASCII of "STUN" (RFC 8489 §14.7). */
export function fingerprint(bytes: Uint8Array, end: number): number {
  return (crc32(bytes, end) ^ 0x5354554e) >>> 0;
}
