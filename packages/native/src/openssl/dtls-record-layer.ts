import { ReplayWindow } from "@sluice/media";
import { DTLS_1_2, RECORD_HEADER_BYTES } from "./dtls-records.js";
import { openRecord, sealRecord } from "./record-cipher.js";
import type { RecordKeys } from "./record-keys.js";

/** RFC 6347 §4.1: sequence numbers have 48 bits and must not wrap. */
const SEQUENCE_NUMBER_LIMIT = 2 ** 48;

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The 48 bits behind the epoch. */
export function sequenceNumberOf(record: Uint8Array): number {
  const view = viewOf(record);
  return view.getUint16(5) * 2 ** 32 + view.getUint32(7);
}

/**
 * The records of epoch 1 of one connection, both ways (RFC 6347 §4.1.2): sequence numbers, nonces, and which of the peer's have been read.
 *
 * It goes on where OpenSSL stopped, so that no sequence number and no nonce is used twice under one key. OpenSSL's explicit nonces begin
 * anywhere and count up; ours count on from its last.
 */
export class DtlsRecordLayer {
  readonly #keys: RecordKeys;
  readonly #replays = new ReplayWindow();
  #sequenceNumber: number;
  #nonceHigh: number;
  #nonceLow: number;

  /** `last`: the last record under our key so far. What of the peer's was read before is not known: read no application data before. */
  constructor(keys: RecordKeys, last: Uint8Array) {
    this.#keys = keys;
    const view = viewOf(last);
    this.#sequenceNumber = sequenceNumberOf(last);
    this.#nonceHigh = view.getUint32(RECORD_HEADER_BYTES);
    this.#nonceLow = view.getUint32(RECORD_HEADER_BYTES + 4);
  }

  /** One whole record; undefined when all sequence numbers are used up. */
  seal(type: number, plaintext: Uint8Array): Uint8Array | undefined {
    if (this.#sequenceNumber + 1 >= SEQUENCE_NUMBER_LIMIT) return undefined;
    this.#sequenceNumber += 1;
    this.#nonceLow = (this.#nonceLow + 1) >>> 0;
    if (this.#nonceLow === 0) this.#nonceHigh = (this.#nonceHigh + 1) >>> 0;
    return sealRecord(this.#keys.localKey, type, this.#sequenceNumber, this.#nonceHigh, this.#nonceLow, plaintext);
  }

  /**
   * The plaintext of one whole record of the peer's, a view that is valid until the next record; undefined for what is of another version or
   * epoch, was read already or is too old to tell, or is not authentic. Only an authentic record changes anything.
   */
  open(record: Uint8Array): Uint8Array | undefined {
    const view = viewOf(record);
    if (view.getUint16(1) !== DTLS_1_2 || view.getUint16(3) !== 1) return undefined;
    const sequenceNumber = sequenceNumberOf(record);
    if (this.#replays.isReplayed(sequenceNumber)) return undefined;
    const plaintext = openRecord(this.#keys.remoteKey, record);
    if (plaintext !== undefined) this.#replays.accept(sequenceNumber);
    return plaintext;
  }

  /** Wipes the keys. */
  close(): void {
    this.#keys.localKey.fill(0);
    this.#keys.remoteKey.fill(0);
  }
}
