/** CRC32c, reflected (RFC 9260 Appendix A). */
const POLYNOMIAL = 0x82f63b78;

/** Eight tables of 256 entries one after another: table k advances a byte by k further zero bytes (slicing by eight). */
const TABLES = createTables();

/** CRC32c of `bytes[start, end)`, continued from `previous` of the bytes before. Unsigned. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length, previous = 0): number {
  let crc = ~previous;
  let index = start;
  for (; index + 8 <= end; index += 8) {
    crc ^= at(bytes, index) | (at(bytes, index + 1) << 8) | (at(bytes, index + 2) << 16) | (at(bytes, index + 3) << 24);
    crc =
      step(7, crc & 0xff) ^
      step(6, (crc >>> 8) & 0xff) ^
      step(5, (crc >>> 16) & 0xff) ^
      step(4, crc >>> 24) ^
      step(3, at(bytes, index + 4)) ^
      step(2, at(bytes, index + 5)) ^
      step(1, at(bytes, index + 6)) ^
      step(0, at(bytes, index + 7));
  }
  for (; index < end; index++) crc = (crc >>> 8) ^ step(0, (crc ^ at(bytes, index)) & 0xff);
  return ~crc >>> 0;
}

function at(bytes: Uint8Array, index: number): number {
  return bytes[index] as number;
}

function step(table: number, byte: number): number {
  return TABLES[(table << 8) | byte] as number;
}

function createTables(): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) remainder = (remainder & 1) === 1 ? (remainder >>> 1) ^ POLYNOMIAL : remainder >>> 1;
    tables[byte] = remainder;
  }
  for (let index = 256; index < tables.length; index++) {
    const shorter = tables[index - 256] as number;
    tables[index] = (shorter >>> 8) ^ (tables[shorter & 0xff] as number);
  }
  return tables;
}
