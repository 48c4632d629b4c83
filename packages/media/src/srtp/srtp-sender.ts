import type { CryptoPort } from "../crypto/crypto-port.js";
import type { SrtpMasterKey, SrtpProfile } from "../dtls/dtls-port.js";
import { CounterModeProtector } from "./counter-mode-protector.js";
import { GcmProtector } from "./gcm-protector.js";
import { deriveSessionKeys } from "./key-derivation.js";
import type { PacketProtector } from "./packet-protection.js";
import { assertMasterKey, MAX_SRTCP_INDEX, MAX_SRTP_INDEX, SRTCP_INDEX_BYTES, SRTP_PROFILE_SIZES } from "./srtp-profile.js";

/** What protect… returns when the key's lifetime is over (RFC 3711 §9.2): nothing may be sent under this key any more. */
export const KEY_EXHAUSTED = -1;

/**
 * Protects what one Transport sends, for any number of SSRCs (RFC 3711, RFC 7714).
 *
 * It keeps no state per SSRC: the caller owns the extended sequence numbers. One law it cannot check: never protect two
 * different packets with the same SSRC and extended sequence number. Under GCM that gives the authentication key away, so a
 * retransmission that does not use RTX must repeat the first packet byte for byte, header extensions included.
 */
export class SrtpSender {
  /** By how much a packet grows: 16 (GCM) or 10 (CM). */
  readonly rtpOverheadBytes: number;
  /** 20 (GCM) or 14 (CM). */
  readonly rtcpOverheadBytes: number;
  #protector: PacketProtector | undefined;
  /** Makes the protector with the first packet: its keys and ciphers are 3 KB, which a peer that is sent no media does without. */
  #createProtector: (() => PacketProtector) | undefined;
  #nextRtcpIndex = 0;

  /** Throws RangeError when key or salt have not the profile's length. */
  constructor(crypto: CryptoPort, profile: SrtpProfile, key: SrtpMasterKey) {
    assertMasterKey(profile, key);
    const { tagBytes } = SRTP_PROFILE_SIZES[profile];
    this.rtpOverheadBytes = tagBytes;
    this.rtcpOverheadBytes = tagBytes + SRTCP_INDEX_BYTES;
    this.#createProtector = () => createProtector(crypto, profile, key);
  }

  /**
   * Protects one RTP packet and returns the length of the datagram, or {@link KEY_EXHAUSTED}.
   *
   * The complete header (`headerBytes`: fixed part, CSRC list, extension block) lies at `destination` already. The payload is
   * read at `payload`, anywhere in the memory, and written encrypted behind the header; `payload` may be that place itself but
   * must not overlap it otherwise. The tag follows. `extendedSequenceNumber`: starts below 65536, its low 16 bits are the
   * header's sequence number and the rest is the rollover counter.
   */
  protectRtp(
    destination: number,
    headerBytes: number,
    payload: number,
    payloadBytes: number,
    ssrc: number,
    extendedSequenceNumber: number,
  ): number {
    if (extendedSequenceNumber > MAX_SRTP_INDEX) return KEY_EXHAUSTED;
    const protector = this.#protector ?? this.#start();
    return protector.protectRtp(destination, headerBytes, payload, payloadBytes, ssrc, extendedSequenceNumber);
  }

  /** Protects the compound RTCP packet (at least 8 bytes) in place and returns its new length, or {@link KEY_EXHAUSTED}. */
  protectRtcp(offset: number, sizeBytes: number): number {
    if (this.#nextRtcpIndex > MAX_SRTCP_INDEX) return KEY_EXHAUSTED;
    return (this.#protector ?? this.#start()).protectRtcp(offset, sizeBytes, this.#nextRtcpIndex++);
  }

  /** Nothing can be protected any more. */
  close(): void {
    this.#protector?.close();
    this.#createProtector = undefined;
  }

  #start(): PacketProtector {
    if (this.#createProtector === undefined) throw new Error("this SrtpSender is closed");
    this.#protector = this.#createProtector();
    this.#createProtector = undefined;
    return this.#protector;
  }
}

function createProtector(crypto: CryptoPort, profile: SrtpProfile, key: SrtpMasterKey): PacketProtector {
  const keys = deriveSessionKeys(crypto, profile, key);
  switch (profile) {
    case "AEAD_AES_128_GCM":
    case "AEAD_AES_256_GCM":
      return new GcmProtector(crypto, keys);
    case "AES128_CM_HMAC_SHA1_80":
      return new CounterModeProtector(crypto, keys);
  }
}
