import type { CryptoPort } from "../crypto/crypto-port.js";
import { STUN_HEADER_BYTES, type StunMessage } from "./stun-message.js";

/** Size of the MESSAGE-INTEGRITY attribute with its header, in bytes. */
export const MESSAGE_INTEGRITY_BYTES = 24;

/**
 * True when `message`, parsed from exactly these `bytes`, carries a MESSAGE-INTEGRITY made with `key` (RFC 8489 §14.5): for
 * short-term credentials the bytes of the password. The comparison takes the same time wherever the codes differ.
 */
export function isIntegrityValid(
  bytes: Uint8Array,
  message: StunMessage,
  key: Uint8Array,
  crypto: Pick<CryptoPort, "hmacSha1">,
): boolean {
  const offset = message.integrityOffset;
  if (offset === undefined) return false;
  const expected = messageIntegrity(bytes, offset, key, crypto);
  let difference = 0;
  for (let index = 0; index < expected.length; index++) {
    difference |= (expected[index] as number) ^ (bytes[offset + 4 + index] as number);
  }
  return difference === 0;
}

/** HMAC-SHA1 of `bytes[0, offset)`, with the length that the message has when it ends behind MESSAGE-INTEGRITY: 20 bytes. */
export function messageIntegrity(
  bytes: Uint8Array,
  offset: number,
  key: Uint8Array,
  crypto: Pick<CryptoPort, "hmacSha1">,
): Uint8Array {
  const covered = bytes.slice(0, offset);
  const length = offset + MESSAGE_INTEGRITY_BYTES - STUN_HEADER_BYTES;
  covered[2] = length >> 8;
  covered[3] = length & 0xff;
  return crypto.hmacSha1(key, covered);
}
