import { randomFillSync } from "node:crypto";
import type { Fingerprint } from "@sluice/media";
import { digestCertificate } from "./certificate-digest.js";
import { assertHandle, assertSuccess, clearErrors } from "./error-queue.js";
import { x509Functions } from "./x509-functions.js";

const SECONDS_PER_DAY = 86_400;
/** Validity. It begins a day ago for peers whose clock is behind. */
const BEGINS_DAYS = -1;
const ENDS_DAYS = 365;
const COMMON_NAME = Buffer.from("sluice", "ascii");
/** MBSTRING_ASC */
const ASCII = 0x1001;
/** X.509 version 3 is written as 2. */
const X509_V3 = 2;
/** RFC 5280 §4.1.2.2 allows 20; the first bit stays clear so that the number is positive, the second set so that it is not 0. */
const SERIAL_BYTES = 16;

/**
 * A self-signed P-256 certificate and its private key, made in 0.3 ms; the private key never leaves OpenSSL.
 *
 * Owns two OpenSSL objects until {@link close}. Contexts that use it hold references of their own, so it may be closed while
 * their sessions live.
 */
export class Certificate {
  #x509 = 0;
  #privateKey = 0;
  /** SHA-256, the hash that SDP carries. */
  readonly fingerprint: Fingerprint;

  constructor() {
    clearErrors();
    try {
      this.#privateKey = generateKey();
      this.#x509 = assertHandle(x509Functions().X509_new(), "X509_new");
      fillIn(this.#x509, this.#privateKey);
      this.fingerprint = Object.freeze({ algorithm: "sha-256", value: digestCertificate(this.#x509, "sha-256") });
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** X509 *, borrowed. */
  get x509(): number {
    return assertHandle(this.#x509, "closed certificate");
  }

  /** EVP_PKEY *, borrowed. */
  get privateKey(): number {
    return assertHandle(this.#privateKey, "closed certificate");
  }

  /** Idempotent. */
  close(): void {
    const { X509_free, EVP_PKEY_free } = x509Functions();
    if (this.#x509 !== 0) X509_free(this.#x509);
    if (this.#privateKey !== 0) EVP_PKEY_free(this.#privateKey);
    this.#x509 = 0;
    this.#privateKey = 0;
  }
}

function generateKey(): number {
  const functions = x509Functions();
  const context = assertHandle(functions.EVP_PKEY_CTX_new_from_name(0, "EC", 0), "EVP_PKEY_CTX_new_from_name");
  try {
    assertSuccess(functions.EVP_PKEY_keygen_init(context), "EVP_PKEY_keygen_init");
    assertSuccess(functions.EVP_PKEY_CTX_set_group_name(context, "P-256"), "EVP_PKEY_CTX_set_group_name");
    const result = Buffer.alloc(8);
    assertSuccess(functions.EVP_PKEY_generate(context, result), "EVP_PKEY_generate");
    return assertHandle(Number(result.readBigUInt64LE(0)), "EVP_PKEY_generate");
  } finally {
    functions.EVP_PKEY_CTX_free(context);
  }
}

function fillIn(x509: number, privateKey: number): void {
  const functions = x509Functions();
  assertSuccess(functions.X509_set_version(x509, X509_V3), "X509_set_version");
  setSerialNumber(x509);
  const begins = functions.X509_gmtime_adj(functions.X509_getm_notBefore(x509), BEGINS_DAYS * SECONDS_PER_DAY);
  assertHandle(begins, "X509_gmtime_adj");
  const ends = functions.X509_gmtime_adj(functions.X509_getm_notAfter(x509), ENDS_DAYS * SECONDS_PER_DAY);
  assertHandle(ends, "X509_gmtime_adj");
  const subject = assertHandle(functions.X509_get_subject_name(x509), "X509_get_subject_name");
  const named = functions.X509_NAME_add_entry_by_txt(subject, "CN", ASCII, COMMON_NAME, COMMON_NAME.length, -1, 0);
  assertSuccess(named, "X509_NAME_add_entry_by_txt");
  assertSuccess(functions.X509_set_issuer_name(x509, subject), "X509_set_issuer_name");
  assertSuccess(functions.X509_set_pubkey(x509, privateKey), "X509_set_pubkey");
  assertSuccess(functions.X509_sign(x509, privateKey, functions.EVP_sha256()), "X509_sign");
}

function setSerialNumber(x509: number): void {
  const { BN_bin2bn, BN_free, BN_to_ASN1_INTEGER, X509_get_serialNumber } = x509Functions();
  const bytes = randomFillSync(new Uint8Array(SERIAL_BYTES));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  const number = assertHandle(BN_bin2bn(bytes, bytes.length, 0), "BN_bin2bn");
  try {
    assertHandle(BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509)), "BN_to_ASN1_INTEGER");
  } finally {
    BN_free(number);
  }
}
