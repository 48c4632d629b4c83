import { CONTENT_TYPE, RECORD_HEADER_BYTES, recordLength } from "./dtls-records.js";

/** Longest datagram looked at, bytes; the I/O layer's slots are no longer. */
export const MAX_DATAGRAM_BYTES = 2048;

/** Longest handshake message let in: a certificate chain, the largest there is. */
const MAX_HANDSHAKE_MESSAGE_BYTES = 16_384;
const HANDSHAKE_HEADER_BYTES = 12;

/** An honest handshake is about 6 datagrams and 5 KB; at half of them lost, some fifty. */
const MAX_HANDSHAKE_DATAGRAMS = 256;
const MAX_HANDSHAKE_BYTES = 131_072;

/**
 * Least body of an encrypted record under the ciphers we allow: 8 bytes of nonce and 16 of tag (RFC 5288 §3). OpenSSL 3.0 takes
 * a shorter one, which anybody can forge, for an internal error and ends the connection.
 */
const MIN_ENCRYPTED_BYTES = 24;

/** Encrypted records that arrive before the keys do. OpenSSL sets each aside with a buffer of 16 KiB; an honest peer sends one a flight. */
const MAX_EARLY_RECORDS = 16;

/** What the last call of any gate let in; its caller copies it at once. */
const admitted = new Uint8Array(MAX_DATAGRAM_BYTES);

/**
 * Decides which records of a datagram OpenSSL gets to see, and how many in all: it does the handshake and nothing after it.
 *
 * It stands in front of OpenSSL's own checks, for three reasons: a malformed record makes OpenSSL give everything up, where
 * dropping it lets the real peer go on; what a peer can make us store before it has proved anything is
 * bounded here; and application data under epoch 0 or before the handshake is done (CVE-2019-20786) never gets further.
 */
export class DtlsRecordGate {
  #datagrams = 0;
  #bytes = 0;
  #earlyRecords = 0;

  /**
   * The records of `datagram` that may go on, a view that is valid until the next call of any gate; empty when none may.
   * Undefined when the handshake has used up what it may send.
   */
  admit(datagram: Uint8Array): Uint8Array | undefined {
    if (datagram.length > MAX_DATAGRAM_BYTES) return admitted.subarray(0, 0);
    let size = 0;
    let offset = 0;
    for (let length = recordLength(datagram, 0); length !== undefined; length = recordLength(datagram, offset)) {
      const record = datagram.subarray(offset, offset + length);
      if (this.#admits(record)) {
        admitted.set(record, size);
        size += length;
      }
      offset += length;
    }
    if (size > 0) {
      this.#datagrams += 1;
      this.#bytes += size;
      if (this.#datagrams > MAX_HANDSHAKE_DATAGRAMS || this.#bytes > MAX_HANDSHAKE_BYTES) return undefined;
    }
    return admitted.subarray(0, size);
  }

  #admits(record: Uint8Array): boolean {
    const type = record[0] ?? 0;
    const epoch = ((record[3] ?? 0) << 8) | (record[4] ?? 0);
    const isDtls1 = record[1] === 0xfe && (record[2] === 0xff || record[2] === 0xfd);
    if (!isDtls1 || type < CONTENT_TYPE.changeCipherSpec || type > CONTENT_TYPE.applicationData) return false;
    if (epoch === 1 && record.length < RECORD_HEADER_BYTES + MIN_ENCRYPTED_BYTES) return false;
    if (type === CONTENT_TYPE.applicationData) return false;
    if (epoch === 1) {
      if (type === CONTENT_TYPE.changeCipherSpec || this.#earlyRecords >= MAX_EARLY_RECORDS) return false;
      this.#earlyRecords += 1;
      return true;
    }
    if (epoch !== 0) return false;
    switch (type) {
      case CONTENT_TYPE.handshake:
        return isWellFormedHandshake(record.subarray(RECORD_HEADER_BYTES));
      case CONTENT_TYPE.alert:
        return record.length === RECORD_HEADER_BYTES + 2;
      default:
        return record.length === RECORD_HEADER_BYTES + 1;
    }
  }
}

function uint24(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 16) | ((bytes[offset + 1] ?? 0) << 8) | (bytes[offset + 2] ?? 0);
}

/** True when `body` is whole fragments (RFC 6347 §4.2.2), each inside its message, and empty only if its message is. */
function isWellFormedHandshake(body: Uint8Array): boolean {
  let offset = 0;
  while (offset < body.length) {
    if (offset + HANDSHAKE_HEADER_BYTES > body.length) return false;
    const messageLength = uint24(body, offset + 1);
    const fragmentOffset = uint24(body, offset + 6);
    const fragmentLength = uint24(body, offset + 9);
    if (messageLength > MAX_HANDSHAKE_MESSAGE_BYTES || fragmentOffset + fragmentLength > messageLength) return false;
    if (fragmentLength === 0 && messageLength !== 0) return false;
    offset += HANDSHAKE_HEADER_BYTES + fragmentLength;
  }
  return offset === body.length && body.length > 0;
}
