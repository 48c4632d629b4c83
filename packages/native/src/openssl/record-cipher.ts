import { createNativeMemory, type NativeMemory } from "../ffi/native-memory.js";
import { cipherFunctions } from "./cipher-functions.js";
import { DTLS_1_2, RECORD_HEADER_BYTES } from "./dtls-records.js";
import { assertHandle, clearErrors, drainErrors, OpenSslError } from "./error-queue.js";
import { AEAD_IV_BYTES, AEAD_TAG_BYTES, assertAesKey } from "./packet-range.js";

/** The implicit part of the nonce (RFC 5288 §3), which comes from the handshake; the explicit part stands in the record. */
export const SALT_BYTES = 4;
export const EXPLICIT_NONCE_BYTES = 8;
/** What AES-GCM puts around the plaintext of a record. */
export const RECORD_EXPANSION_BYTES = EXPLICIT_NONCE_BYTES + AEAD_TAG_BYTES;

/** A key of AES-128-GCM or AES-256-GCM, and behind it the {@link SALT_BYTES} of salt: one array, because every connection keeps two. */
export type RecordKey = Uint8Array;

/** Longest record that is sealed or opened, header included: no datagram is longer. */
export const MAX_GCM_RECORD_BYTES = 2048;

/** EVP_CTRL_AEAD_GET_TAG, EVP_CTRL_AEAD_SET_TAG */
const GET_TAG = 0x10;
const SET_TAG = 0x11;

/** Where things lie in the memory of this file while one record is worked on. */
const KEY = 0;
const NONCE = 48;
const AAD = 64;
const RECORD = 128;
const BODY = RECORD + RECORD_HEADER_BYTES + EXPLICIT_NONCE_BYTES;
/** Epoch and sequence number, type, version, length of the plaintext (RFC 5246 §6.2.3.3, RFC 6347 §4.1.2.1). */
const AAD_BYTES = 13;

interface RecordCipher {
  readonly memory: NativeMemory;
  /** EVP_CIPHER_CTX *, by direction and key length. */
  readonly contexts: Record<"seal" | "open", Record<128 | 256, number>>;
}

let cipher: RecordCipher | undefined;

/**
 * One context for each direction and key length serves all connections and is given the key with every record: a context of its own
 * would cost each connection 1.2 KB per direction, and setting a key takes 0.3 µs.
 */
function sharedCipher(): RecordCipher {
  if (cipher !== undefined) return cipher;
  const { EVP_CIPHER_CTX_new, EVP_EncryptInit_ex, EVP_DecryptInit_ex, EVP_aes_128_gcm, EVP_aes_256_gcm } = cipherFunctions();
  const create = (initialise: typeof EVP_EncryptInit_ex, algorithm: number) => {
    clearErrors();
    const context = assertHandle(EVP_CIPHER_CTX_new(), "EVP_CIPHER_CTX_new");
    if (initialise(context, algorithm, 0, 0, 0) !== 1) throw new OpenSslError(`AES-GCM is not there: ${drainErrors()}`);
    return context;
  };
  const pair = (initialise: typeof EVP_EncryptInit_ex) => ({
    128: create(initialise, EVP_aes_128_gcm()),
    256: create(initialise, EVP_aes_256_gcm()),
  });
  cipher = {
    memory: createNativeMemory(RECORD + MAX_GCM_RECORD_BYTES),
    contexts: { seal: pair(EVP_EncryptInit_ex), open: pair(EVP_DecryptInit_ex) },
  };
  return cipher;
}

/** Puts key, nonce and associated data of the record in the memory where they belong. Returns the context for it. */
function prepare({ memory, contexts }: RecordCipher, direction: "seal" | "open", key: RecordKey, length: number): number {
  const { bytes, view } = memory;
  const keyBytes = key.length - SALT_BYTES;
  bytes.set(key, KEY);
  bytes.copyWithin(NONCE, KEY + keyBytes, KEY + key.length);
  bytes.copyWithin(NONCE + SALT_BYTES, BODY - EXPLICIT_NONCE_BYTES, BODY);
  bytes.copyWithin(AAD, RECORD + 3, RECORD + 11);
  bytes.copyWithin(AAD + 8, RECORD, RECORD + 3);
  view.setUint16(AAD + 11, length);
  return contexts[direction][assertAesKey(key.subarray(0, keyBytes))];
}

/** No key stays behind. */
function wipe({ memory }: RecordCipher): void {
  memory.bytes.fill(0, KEY, NONCE + AEAD_IV_BYTES);
}

/**
 * One record of DTLS 1.2 under epoch 1, whole, a copy (RFC 6347 §4.1, RFC 5288 §3). `sequenceNumber` has 48 bits; the explicit nonce is given as
 * two halves of 32. The two must be new under this key.
 *
 * @throws {RangeError} when the record would be longer than {@link MAX_GCM_RECORD_BYTES}
 */
export function sealRecord(
  key: RecordKey,
  type: number,
  sequenceNumber: number,
  nonceHigh: number,
  nonceLow: number,
  plaintext: Uint8Array,
): Uint8Array {
  const { length } = plaintext;
  const sizeBytes = RECORD_HEADER_BYTES + RECORD_EXPANSION_BYTES + length;
  if (sizeBytes > MAX_GCM_RECORD_BYTES) throw new RangeError(`a record of ${sizeBytes} bytes is too long`);
  const shared = sharedCipher();
  const { bytes, view, address } = shared.memory;
  view.setUint8(RECORD, type);
  view.setUint16(RECORD + 1, DTLS_1_2);
  view.setUint16(RECORD + 3, 1);
  view.setUint16(RECORD + 5, Math.floor(sequenceNumber / 2 ** 32));
  view.setUint32(RECORD + 7, sequenceNumber % 2 ** 32);
  view.setUint16(RECORD + 11, length + RECORD_EXPANSION_BYTES);
  view.setUint32(BODY - EXPLICIT_NONCE_BYTES, nonceHigh);
  view.setUint32(BODY - EXPLICIT_NONCE_BYTES + 4, nonceLow);
  bytes.set(plaintext, BODY);
  const context = prepare(shared, "seal", key, length);
  const { EVP_EncryptInit_ex, EVP_Cipher, EVP_CIPHER_CTX_ctrl } = cipherFunctions();
  const body = address + BODY;
  const isSealed =
    EVP_EncryptInit_ex(context, 0, 0, address + KEY, address + NONCE) === 1 &&
    EVP_Cipher(context, 0, address + AAD, AAD_BYTES) === AAD_BYTES &&
    EVP_Cipher(context, body, body, length) === length &&
    EVP_Cipher(context, body, 0, 0) === 0 &&
    EVP_CIPHER_CTX_ctrl(context, GET_TAG, AEAD_TAG_BYTES, body + length) === 1;
  wipe(shared);
  if (!isSealed) throw new OpenSslError(`sealing a record failed: ${drainErrors()}`);
  return bytes.slice(RECORD, RECORD + sizeBytes);
}

/**
 * The plaintext of a whole record, a view that is valid until the next call of this file; undefined when it is too short, too
 * long, or not authentic. Everything in its header is authenticated.
 */
export function openRecord(key: RecordKey, record: Uint8Array): Uint8Array | undefined {
  const length = record.length - RECORD_HEADER_BYTES - RECORD_EXPANSION_BYTES;
  if (!(length >= 0 && record.length <= MAX_GCM_RECORD_BYTES)) return undefined;
  const shared = sharedCipher();
  const { bytes, address } = shared.memory;
  bytes.set(record, RECORD);
  const context = prepare(shared, "open", key, length);
  const { EVP_DecryptInit_ex, EVP_Cipher, EVP_CIPHER_CTX_ctrl } = cipherFunctions();
  const body = address + BODY;
  const isRead =
    EVP_DecryptInit_ex(context, 0, 0, address + KEY, address + NONCE) === 1 &&
    EVP_CIPHER_CTX_ctrl(context, SET_TAG, AEAD_TAG_BYTES, body + length) === 1 &&
    EVP_Cipher(context, 0, address + AAD, AAD_BYTES) === AAD_BYTES &&
    EVP_Cipher(context, body, body, length) === length;
  // The final call compares the tags; on a mismatch it answers -1 and leaves the error queue alone.
  const isAuthentic = isRead && EVP_Cipher(context, body, 0, 0) === 0;
  wipe(shared);
  if (!isRead) throw new OpenSslError(`opening a record failed: ${drainErrors()}`);
  return isAuthentic ? bytes.subarray(BODY, BODY + length) : undefined;
}
