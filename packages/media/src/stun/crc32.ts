const TABLE = createTable(0xedb88320);

/** CRC-32 of ITU V.42 and zlib, as FINGERPRINT uses it (RFC 8489 §14.7), of `bytes[0, end)`. Unsigned. */
export function crc32(bytes: Uint8Array, end: number = bytes.length): number {
  let crc = 0xffffffff;
  for (let index = 0; index < end; index++) {
    crc = (crc >>> 8) ^ (TABLE[(crc ^ (bytes[index] as number)) & 0xff] as number);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** One step of eight bits per entry, for the reflected `polynomial`. */
function createTable(polynomial: number): Uint32Array {
  const table = new Uint32Array(256);
  for (let index = 0; index < 256; index++) {
    let remainder = index;
    for (let bit = 0; bit < 8; bit++) remainder = (remainder & 1) === 1 ? (remainder >>> 1) ^ polynomial : remainder >>> 1;
    table[index] = remainder;
  }
  return table;
}
