import { assertHandle, assertSuccess } from "./error-queue.js";
import { x509Functions } from "./x509-functions.js";

/** The hashes of RFC 8122 §5 that we compute, as SDP names them. */
export const HASH_NAMES = ["sha-1", "sha-256", "sha-384", "sha-512"] as const;
export type HashName = (typeof HASH_NAMES)[number];

/** EVP_MAX_MD_SIZE */
const MAX_DIGEST_BYTES = 64;
const digest = Buffer.alloc(MAX_DIGEST_BYTES);
const length = Buffer.alloc(4);

function hashFunction(name: HashName): number {
  const functions = x509Functions();
  switch (name) {
    case "sha-1":
      return functions.EVP_sha1();
    case "sha-256":
      return functions.EVP_sha256();
    case "sha-384":
      return functions.EVP_sha384();
    case "sha-512":
      return functions.EVP_sha512();
  }
}

/** Hash of the DER form of the certificate at `x509`, upper-case hexadecimal with colons (RFC 8122 §5). */
export function digestCertificate(x509: number, name: HashName): string {
  assertHandle(x509, "certificate");
  assertSuccess(x509Functions().X509_digest(x509, hashFunction(name), digest, length), "X509_digest");
  const hex = digest.toString("hex", 0, Math.min(length.readUInt32LE(0), MAX_DIGEST_BYTES)).toUpperCase();
  return (hex.match(/../g) ?? []).join(":");
}
