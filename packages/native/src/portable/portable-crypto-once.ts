import { createHmac, randomFillSync } from "node:crypto";

/** HMAC-SHA1 of `data`, 20 bytes; for control messages. */
export function hmacSha1(key: Uint8Array, data: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac("sha1", key).update(data).digest());
}

/** `length` cryptographically random bytes. */
export function randomBytes(length: number): Uint8Array {
  return randomFillSync(new Uint8Array(length));
}
