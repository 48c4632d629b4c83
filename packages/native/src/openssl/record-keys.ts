import { createHmac } from "node:crypto";
import type { DtlsRole } from "@sluice/media";
import { OpenSslError } from "./error-queue.js";
import { type RecordKey, SALT_BYTES } from "./record-cipher.js";
import { sslFunctions } from "./ssl-functions.js";

/** What the two sides write records of epoch 1 with. */
export interface RecordKeys {
  readonly localKey: RecordKey;
  readonly remoteKey: RecordKey;
}

interface CipherSuite {
  /** Of the pseudo-random function (RFC 5289 §3.2). */
  readonly hash: "sha256" | "sha384";
  readonly keyBytes: 16 | 32;
}

/** By IANA number: the four that `ssl-context.ts` allows. */
const CIPHER_SUITES: ReadonlyMap<number, CipherSuite> = new Map([
  [0xc02b, { hash: "sha256", keyBytes: 16 }],
  [0xc02f, { hash: "sha256", keyBytes: 16 }],
  [0xc02c, { hash: "sha384", keyBytes: 32 }],
  [0xc030, { hash: "sha384", keyBytes: 32 }],
]);

const MASTER_SECRET_BYTES = 48;
const RANDOM_BYTES = 32;

/** The TLS 1.2 pseudo-random function (RFC 5246 §5). */
export function pseudoRandom(
  hash: CipherSuite["hash"],
  secret: Uint8Array,
  label: string,
  seed: Uint8Array,
  length: number,
): Uint8Array {
  const labelled = Buffer.concat([Buffer.from(label, "latin1"), seed]);
  const sign = (...parts: Uint8Array[]) => {
    const hmac = createHmac(hash, secret);
    for (const part of parts) hmac.update(part);
    return hmac.digest();
  };
  const output = new Uint8Array(length);
  let a: Uint8Array = labelled;
  for (let filled = 0; filled < length; ) {
    a = sign(a);
    const block = sign(a, labelled).subarray(0, length - filled);
    output.set(block, filled);
    filled += block.length;
    block.fill(0);
  }
  return output;
}

/**
 * The record keys of a finished handshake (RFC 5246 §6.3): OpenSSL gives out the master secret and both randoms.
 *
 * @throws {OpenSslError} when the peers agreed on a cipher suite that was not on offer.
 */
export function exportRecordKeys(ssl: number, role: DtlsRole): RecordKeys {
  const functions = sslFunctions();
  const suite = CIPHER_SUITES.get(functions.SSL_CIPHER_get_protocol_id(functions.SSL_get_current_cipher(ssl)));
  if (suite === undefined) throw new OpenSslError("the cipher suite is none of ours");
  const master = new Uint8Array(MASTER_SECRET_BYTES);
  const seed = new Uint8Array(2 * RANDOM_BYTES);
  const serverRandom = seed.subarray(0, RANDOM_BYTES);
  const clientRandom = seed.subarray(RANDOM_BYTES);
  const isComplete =
    functions.SSL_SESSION_get_master_key(functions.SSL_get_session(ssl), master, master.length) === MASTER_SECRET_BYTES &&
    functions.SSL_get_server_random(ssl, serverRandom, RANDOM_BYTES) === RANDOM_BYTES &&
    functions.SSL_get_client_random(ssl, clientRandom, RANDOM_BYTES) === RANDOM_BYTES;
  if (!isComplete) throw new OpenSslError("OpenSSL keeps the secrets of the handshake to itself");
  const { keyBytes } = suite;
  const block = pseudoRandom(suite.hash, master, "key expansion", seed, 2 * (keyBytes + SALT_BYTES));
  // client_write_key, server_write_key, client_write_IV, server_write_IV: AEAD has no MAC keys.
  const key = (index: number): RecordKey => {
    const saltAt = 2 * keyBytes + index * SALT_BYTES;
    const joined = new Uint8Array(keyBytes + SALT_BYTES);
    joined.set(block.subarray(index * keyBytes, (index + 1) * keyBytes));
    joined.set(block.subarray(saltAt, saltAt + SALT_BYTES), keyBytes);
    return joined;
  };
  const client = key(0);
  const server = key(1);
  master.fill(0);
  block.fill(0);
  return role === "client" ? { localKey: client, remoteKey: server } : { localKey: server, remoteKey: client };
}
