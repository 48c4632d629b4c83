/** DTLS 1.2 records as bytes (RFC 6347 §4.1): type, version, epoch, sequence number, length. */

export const RECORD_HEADER_BYTES = 13;
/** The version field of DTLS 1.2. */
export const DTLS_1_2 = 0xfefd;
/** RFC 5246 §6.2.3: plaintext of 2^14 and at most 2048 more. */
const MAX_RECORD_BYTES = 16_384 + 2048;

export const CONTENT_TYPE = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const;

/** Length of the record at `offset`, header included; undefined when none starts there or it is cut off. */
export function recordLength(bytes: Uint8Array, offset: number): number | undefined {
  if (offset + RECORD_HEADER_BYTES > bytes.length) return undefined;
  const length = ((bytes[offset + 11] ?? 0) << 8) | (bytes[offset + 12] ?? 0);
  if (length > MAX_RECORD_BYTES || offset + RECORD_HEADER_BYTES + length > bytes.length) return undefined;
  return RECORD_HEADER_BYTES + length;
}

/** The records that `stream` begins with, header included, as views. */
export function* recordsOf(stream: Uint8Array): Generator<Uint8Array> {
  let offset = 0;
  for (let length = recordLength(stream, 0); length !== undefined; length = recordLength(stream, offset)) {
    yield stream.subarray(offset, offset + length);
    offset += length;
  }
}

/**
 * Cuts what OpenSSL wrote into its memory BIO, a plain stream of records, into datagrams of at most `mtuBytes`: whole records,
 * as many as fit. A record longer than that gets a datagram of its own. The datagrams are copies.
 */
export function packRecords(stream: Uint8Array, mtuBytes: number): Uint8Array[] {
  const datagrams: Uint8Array[] = [];
  let start = 0;
  let end = 0;
  while (end < stream.length) {
    const length = recordLength(stream, end);
    if (length === undefined) throw new Error(`OpenSSL wrote a broken record at byte ${end} of ${stream.length}`);
    if (end > start && end + length - start > mtuBytes) {
      datagrams.push(stream.slice(start, end));
      start = end;
    }
    end += length;
  }
  if (end > start) datagrams.push(stream.slice(start, end));
  return datagrams;
}
