import type { SrtpMasterKey, SrtpProfile } from "../dtls/dtls-port.js";

/** Sizes of one DTLS-SRTP protection profile, in bytes (RFC 5764 §4.1.2, RFC 7714 §14.2). */
export interface SrtpProfileSizes {
  /** Of the master key and of the session encryption key. */
  readonly keyBytes: number;
  /** Of the master salt and of the session salt. */
  readonly saltBytes: number;
  /** Of the session authentication key; 0 for AEAD, which needs none. */
  readonly authenticationKeyBytes: number;
  readonly tagBytes: number;
}

export const SRTP_PROFILE_SIZES: Readonly<Record<SrtpProfile, SrtpProfileSizes>> = {
  AEAD_AES_128_GCM: { keyBytes: 16, saltBytes: 12, authenticationKeyBytes: 0, tagBytes: 16 },
  AEAD_AES_256_GCM: { keyBytes: 32, saltBytes: 12, authenticationKeyBytes: 0, tagBytes: 16 },
  AES128_CM_HMAC_SHA1_80: { keyBytes: 16, saltBytes: 14, authenticationKeyBytes: 20, tagBytes: 10 },
};

/** Bytes of the word with the E flag and the index that every SRTCP packet carries (RFC 3711 §3.4). */
export const SRTCP_INDEX_BYTES = 4;

/** The E flag of that word. The profiles above always encrypt, so a packet without it is refused. */
export const SRTCP_ENCRYPTED_FLAG = 0x8000_0000;

/** SRTCP indexes have 31 bits and must not come round again under one key (RFC 3711 §9.2). */
export const MAX_SRTCP_INDEX = 0x7fff_ffff;

/** SRTP indexes have 48 bits and must not come round again under one key (RFC 3711 §9.2). */
export const MAX_SRTP_INDEX = 2 ** 48 - 1;

/** Bytes of an RTCP packet that stay in the clear: its header and the sender's SSRC (RFC 3711 §3.4). */
export const RTCP_CLEAR_BYTES = 8;

/** Throws RangeError unless the lengths are the profile's: a wrong key is our own mistake, not the peer's. */
export function assertMasterKey(profile: SrtpProfile, master: SrtpMasterKey): void {
  const { keyBytes, saltBytes } = SRTP_PROFILE_SIZES[profile];
  if (master.key.length === keyBytes && master.salt.length === saltBytes) return;
  throw new RangeError(
    `${profile} needs ${keyBytes} + ${saltBytes} bytes of master key and salt, not ${master.key.length} + ${master.salt.length}`,
  );
}
