/**
 * The range checks of both crypto adapters, one chain of comparisons each. `limit` is the size of the packet memory in bytes,
 * or {@link CLOSED}: then no range passes, so that use after close costs no check of its own. NaN passes none either.
 */

/** Limit of a cipher whose context is gone. */
export const CLOSED = -1;

export const AEAD_TAG_BYTES = 16;
export const AEAD_IV_BYTES = 12;
export const COUNTER_IV_BYTES = 16;
export const SHA1_BYTES = 20;

function refuse(limit: number, ...ranges: readonly number[]): never {
  if (limit === CLOSED) throw new Error("this cipher is closed");
  throw new RangeError(`[${ranges.join(", ")}] is outside the packet memory of ${limit} bytes, or overlaps`);
}

/** C works front to back: a destination that starts inside the source, or before it by less than its length, is garbage. */
function overlaps(source: number, length: number, destination: number): boolean {
  return destination !== source && destination < source + length && source < destination + length;
}

export function assertSealRange(
  limit: number,
  iv: number,
  aad: number,
  aadLength: number,
  source: number,
  length: number,
  destination: number,
): void {
  if (
    !(
      iv >= 0 &&
      iv + AEAD_IV_BYTES <= limit &&
      aad >= 0 &&
      aadLength >= 0 &&
      aad + aadLength <= limit &&
      source >= 0 &&
      length >= 0 &&
      source + length <= limit &&
      destination >= 0 &&
      destination + length + AEAD_TAG_BYTES <= limit
    ) ||
    overlaps(source, length, destination)
  ) {
    refuse(limit, iv, aad, aadLength, source, length, destination);
  }
}

export function assertOpenRange(
  limit: number,
  iv: number,
  aad: number,
  aadLength: number,
  source: number,
  length: number,
): void {
  if (
    !(
      iv >= 0 &&
      iv + AEAD_IV_BYTES <= limit &&
      aad >= 0 &&
      aadLength >= 0 &&
      aad + aadLength <= limit &&
      source >= 0 &&
      length >= 0 &&
      source + length + AEAD_TAG_BYTES <= limit
    )
  ) {
    refuse(limit, iv, aad, aadLength, source, length);
  }
}

export function assertApplyRange(limit: number, iv: number, source: number, length: number, destination: number): void {
  if (
    !(
      iv >= 0 &&
      iv + COUNTER_IV_BYTES <= limit &&
      source >= 0 &&
      length >= 0 &&
      source + length <= limit &&
      destination >= 0 &&
      destination + length <= limit
    ) ||
    overlaps(source, length, destination)
  ) {
    refuse(limit, iv, source, length, destination);
  }
}

export function assertSignRange(limit: number, source: number, length: number, destination: number): void {
  if (!(source >= 0 && length >= 0 && source + length <= limit && destination >= 0 && destination + SHA1_BYTES <= limit)) {
    refuse(limit, source, length, destination);
  }
}

/** AES keys of 16 or 32 bytes. */
export function assertAesKey(key: Uint8Array): 128 | 256 {
  if (key.length === 16) return 128;
  if (key.length === 32) return 256;
  throw new RangeError(`an AES key has 16 or 32 bytes, not ${key.length}`);
}

/** HMAC keys of 1 to 255 bytes; OpenSSL takes an empty one to mean "the key of last time". */
export function assertHmacKey(key: Uint8Array): void {
  if (key.length < 1 || key.length > 255) throw new RangeError(`an HMAC key has 1 to 255 bytes here, not ${key.length}`);
}
