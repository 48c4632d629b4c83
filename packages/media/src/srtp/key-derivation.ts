import { SCRATCH } from "../bytes/packet-memory.js";
import type { CounterCipher, CryptoPort } from "../crypto/crypto-port.js";
import type { SrtpMasterKey, SrtpProfile } from "../dtls/dtls-port.js";
import { assertMasterKey, SRTP_PROFILE_SIZES } from "./srtp-profile.js";

/** What one direction encrypts and authenticates one protocol with. */
export interface SessionKey {
  readonly encryption: Uint8Array;
  /** Empty for AEAD profiles. */
  readonly authentication: Uint8Array;
  readonly salt: Uint8Array;
}

export interface SessionKeys {
  readonly rtp: SessionKey;
  readonly rtcp: SessionKey;
}

/** Labels of RFC 3711 §4.3.1 (SRTP) and §4.3.2 (SRTCP). */
const LABEL = {
  rtp: { encryption: 0, authentication: 1, salt: 2 },
  rtcp: { encryption: 3, authentication: 4, salt: 5 },
} as const;

/** Largest derived key: AES-256. It fits the 32 bytes of scratch that tags use. */
const MAX_DERIVED_BYTES = 32;

/**
 * Session keys from a master key, with the AES-CM pseudo-random function (RFC 3711 §4.3.3; AES-256 for AEAD_AES_256_GCM, RFC
 * 6188 §2, RFC 7714 §11) and a key derivation rate of 0, so this happens once. Throws RangeError for a key of the wrong size.
 */
export function deriveSessionKeys(crypto: CryptoPort, profile: SrtpProfile, master: SrtpMasterKey): SessionKeys {
  assertMasterKey(profile, master);
  const sizes = SRTP_PROFILE_SIZES[profile];
  const cipher = crypto.createCounterCipher(master.key);
  try {
    const derive = (label: number, length: number) => deriveKey(crypto, cipher, master.salt, label, length);
    const deriveSet = (labels: (typeof LABEL)["rtp" | "rtcp"]): SessionKey => ({
      encryption: derive(labels.encryption, sizes.keyBytes),
      authentication: derive(labels.authentication, sizes.authenticationKeyBytes),
      salt: derive(labels.salt, sizes.saltBytes),
    });
    return { rtp: deriveSet(LABEL.rtp), rtcp: deriveSet(LABEL.rtcp) };
  } finally {
    cipher.close();
  }
}

/**
 * One key: the key stream of AES-CM whose counter starts at (label · 2^48 XOR master salt) · 2^16. A 12-byte salt is taken
 * as the leading bytes of the 14 (libsrtp and RFC 7714 §11 agree on that).
 */
export function deriveKey(
  crypto: CryptoPort,
  cipher: CounterCipher,
  masterSalt: Uint8Array,
  label: number,
  length: number,
): Uint8Array {
  if (length === 0) return new Uint8Array(0);
  const { bytes } = crypto.memory;
  bytes.fill(0, SCRATCH.iv, SCRATCH.iv + 16);
  bytes.set(masterSalt, SCRATCH.iv);
  bytes[SCRATCH.iv + 7] = (masterSalt[7] ?? 0) ^ label;
  bytes.fill(0, SCRATCH.tag, SCRATCH.tag + MAX_DERIVED_BYTES);
  cipher.apply(SCRATCH.iv, SCRATCH.tag, length, SCRATCH.tag);
  const derived = new Uint8Array(bytes.subarray(SCRATCH.tag, SCRATCH.tag + length));
  bytes.fill(0, SCRATCH.tag, SCRATCH.tag + MAX_DERIVED_BYTES);
  return derived;
}
