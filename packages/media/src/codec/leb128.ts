/** Bytes of a leb128 number at most (AV1 specification §4.10.5). */
const MAX_LEB128_BYTES = 8;

/** Bytes of the leb128 number at `at`; 0 when it does not end before `end` or is too long. */
export function leb128Size(bytes: Uint8Array, at: number, end: number): number {
  for (let size = 1; size <= MAX_LEB128_BYTES && at + size <= end; size++) {
    if (((bytes[at + size - 1] as number) & 0x80) === 0) return size;
  }
  return 0;
}

/** The number of {@link leb128Size} bytes at `at`: exact up to 2^53, and past that still larger than any packet. */
export function leb128Value(bytes: Uint8Array, at: number, sizeBytes: number): number {
  let value = 0;
  for (let index = sizeBytes - 1; index >= 0; index--) value = value * 128 + ((bytes[at + index] as number) & 0x7f);
  return value;
}
