import type { Fingerprint } from "@sluice/media";
import { digestCertificate, HASH_NAMES, type HashName } from "./certificate-digest.js";

/** SDP carries one per certificate and hash; four hashes and two certificates are already generous. */
const MAX_FINGERPRINTS = 16;

function isHashName(name: string): name is HashName {
  return (HASH_NAMES as readonly string[]).includes(name);
}

/**
 * The certificates a peer may show (RFC 8122 §5): one listed fingerprint, with a hash we know, must match. An empty list, one of
 * unknown hashes only, and one too long to be honest match nothing at all.
 */
export class PeerFingerprints {
  readonly #accepted = new Map<HashName, Set<string>>();
  readonly #listed: number;

  constructor(fingerprints: readonly Fingerprint[]) {
    this.#listed = fingerprints.length;
    if (fingerprints.length > MAX_FINGERPRINTS) return;
    for (const { algorithm, value } of fingerprints) {
      const name = algorithm.toLowerCase();
      if (!isHashName(name)) continue;
      const values = this.#accepted.get(name) ?? new Set();
      this.#accepted.set(name, values.add(value.toUpperCase()));
    }
  }

  /** Undefined when the certificate at `x509` is one of them, else why not, for the log. */
  refuse(x509: number): string | undefined {
    if (this.#accepted.size === 0) {
      const why = this.#listed > MAX_FINGERPRINTS ? "too many fingerprints" : "no fingerprint with a known hash";
      return `${why} (${this.#listed} listed)`;
    }
    for (const [name, values] of this.#accepted) {
      if (values.has(digestCertificate(x509, name))) return undefined;
    }
    return `fingerprint mismatch: the peer showed sha-256 ${digestCertificate(x509, "sha-256")}`;
  }
}
