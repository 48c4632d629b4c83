import type { PacketMemory } from "../bytes/packet-memory.js";
import type { CryptoPort } from "../crypto/crypto-port.js";
import type { SrtpMasterKey, SrtpProfile } from "../dtls/dtls-port.js";
import type { RtpHeader } from "../rtp/rtp-header.js";
import { extendSequenceNumber } from "../rtp/sequence-unwrapper.js";
import { CounterModeUnprotector } from "./counter-mode-unprotector.js";
import { GcmUnprotector } from "./gcm-unprotector.js";
import { deriveSessionKeys } from "./key-derivation.js";
import type { PacketUnprotector } from "./packet-protection.js";
import { ReplayWindow } from "./replay-window.js";
import { assertMasterKey, MAX_SRTCP_INDEX, RTCP_CLEAR_BYTES, SRTCP_ENCRYPTED_FLAG } from "./srtp-profile.js";

/** SSRCs of one peer that are remembered at a time. JVB allows 50 audio and 50 video; RTX doubles some. */
export const MAX_SRTP_STREAMS = 128;

/** Why a packet was not unprotected. All negative, so that one comparison tells them from a length. */
export const UNPROTECT_FAILURE = {
  /** The tag is wrong: forged, damaged, or protected with another key or rollover counter. */
  authentication: -1,
  /** Seen before, or older than the replay window. */
  replayed: -2,
  /** Too short for its own header and tag, or RTCP that is not encrypted. */
  malformed: -3,
  /** A new SSRC beyond {@link MAX_SRTP_STREAMS}; not decrypted. */
  tooManyStreams: -4,
} as const;

export type UnprotectFailure = (typeof UNPROTECT_FAILURE)[keyof typeof UNPROTECT_FAILURE];

/** What is remembered of one SSRC: its rollover counter and highest sequence number are `rtp.highest`. */
interface SrtpStream {
  readonly ssrc: number;
  readonly rtp: ReplayWindow;
  readonly rtcp: ReplayWindow;
}

/**
 * Unprotects what one peer sends (RFC 3711, RFC 7714).
 *
 * Only an authentic packet changes anything here: a flood of forged ones costs its decryption and leaves no state.
 */
export class SrtpReceiver {
  readonly #memory: PacketMemory;
  #unprotector: PacketUnprotector | undefined;
  /** Makes the unprotector with the first packet: its keys and ciphers are 3 KB, which a peer that sends no media does without. */
  #createUnprotector: (() => PacketUnprotector) | undefined;
  /** Keyed by the SSRC as a signed integer, which V8 keeps without a box. */
  readonly #streams = new Map<number, SrtpStream>();
  /** The stream of the last packet: packets come in runs. */
  #recent: SrtpStream | undefined;

  /** Throws RangeError when key or salt have not the profile's length. */
  constructor(crypto: CryptoPort, profile: SrtpProfile, key: SrtpMasterKey) {
    this.#memory = crypto.memory;
    assertMasterKey(profile, key);
    this.#createUnprotector = () => createUnprotector(crypto, profile, key);
  }

  /** SSRCs that have state here. */
  get streamCount(): number {
    return this.#streams.size;
  }

  /**
   * Unprotects the RTP packet whose `header` was parsed, in place. Returns its plain length (header included), or one of
   * {@link UNPROTECT_FAILURE}, after which the packet's bytes are undefined. On success sets `header.extendedSequenceNumber`
   * (rollover counter 0 for a new SSRC) and takes the tag off `header.payloadBytes`.
   */
  unprotectRtp(offset: number, sizeBytes: number, header: RtpHeader): number {
    const unprotector = this.#unprotector ?? this.#start();
    const plainBytes = sizeBytes - unprotector.rtpOverheadBytes;
    if (plainBytes < header.headerBytes) return UNPROTECT_FAILURE.malformed;
    const stream = this.#find(header.ssrc);
    if (stream === undefined && this.#streams.size >= MAX_SRTP_STREAMS) return UNPROTECT_FAILURE.tooManyStreams;
    const index = stream === undefined ? header.sequenceNumber : estimateIndex(header.sequenceNumber, stream.rtp.highest);
    if (stream?.rtp.isReplayed(index)) return UNPROTECT_FAILURE.replayed;
    if (!unprotector.unprotectRtp(offset, sizeBytes, header.headerBytes, header.ssrc, index)) {
      return UNPROTECT_FAILURE.authentication;
    }
    (stream ?? this.#add(header.ssrc)).rtp.accept(index);
    header.extendedSequenceNumber = index;
    header.payloadBytes = plainBytes - header.headerBytes;
    return plainBytes;
  }

  /** Unprotects the compound RTCP packet in place. Returns its plain length, or one of {@link UNPROTECT_FAILURE}. */
  unprotectRtcp(offset: number, sizeBytes: number): number {
    const unprotector = this.#unprotector ?? this.#start();
    const plainBytes = sizeBytes - unprotector.rtcpOverheadBytes;
    if (plainBytes < RTCP_CLEAR_BYTES) return UNPROTECT_FAILURE.malformed;
    const view = this.#memory.view;
    const word = view.getUint32(offset + sizeBytes - unprotector.rtcpIndexFromEnd);
    if ((word & SRTCP_ENCRYPTED_FLAG) === 0) return UNPROTECT_FAILURE.malformed;
    const index = word & MAX_SRTCP_INDEX;
    const ssrc = view.getUint32(offset + 4);
    const stream = this.#find(ssrc);
    if (stream === undefined && this.#streams.size >= MAX_SRTP_STREAMS) return UNPROTECT_FAILURE.tooManyStreams;
    if (stream?.rtcp.isReplayed(index)) return UNPROTECT_FAILURE.replayed;
    if (!unprotector.unprotectRtcp(offset, sizeBytes, ssrc, index)) return UNPROTECT_FAILURE.authentication;
    (stream ?? this.#add(ssrc)).rtcp.accept(index);
    return plainBytes;
  }

  /**
   * Makes room for another SSRC. Its replay window goes too, so call it only for a stream whose packets nobody routes any
   * more; should the SSRC come back, it starts with rollover counter 0.
   */
  forget(ssrc: number): void {
    this.#streams.delete(ssrc | 0);
    if (this.#recent?.ssrc === ssrc) this.#recent = undefined;
  }

  /** Nothing can be unprotected any more. */
  close(): void {
    this.#streams.clear();
    this.#recent = undefined;
    this.#unprotector?.close();
    this.#createUnprotector = undefined;
  }

  #start(): PacketUnprotector {
    if (this.#createUnprotector === undefined) throw new Error("this SrtpReceiver is closed");
    this.#unprotector = this.#createUnprotector();
    this.#createUnprotector = undefined;
    return this.#unprotector;
  }

  #find(ssrc: number): SrtpStream | undefined {
    if (this.#recent?.ssrc === ssrc) return this.#recent;
    const stream = this.#streams.get(ssrc | 0);
    if (stream !== undefined) this.#recent = stream;
    return stream;
  }

  #add(ssrc: number): SrtpStream {
    const stream = { ssrc, rtp: new ReplayWindow(), rtcp: new ReplayWindow() };
    this.#streams.set(ssrc | 0, stream);
    this.#recent = stream;
    return stream;
  }
}

/**
 * The packet index (RFC 3711 §3.3.1 and appendix A). `highest` is -1 when the SSRC was only seen in RTCP. Where the RFC's
 * rule gives rollover counter -1, the packet cannot be older than the stream's first one, so it is far ahead in rollover 0.
 */
function estimateIndex(sequenceNumber: number, highest: number): number {
  if (highest < 0) return sequenceNumber;
  const index = extendSequenceNumber(sequenceNumber, highest);
  return index < 0 ? sequenceNumber : index;
}

function createUnprotector(crypto: CryptoPort, profile: SrtpProfile, key: SrtpMasterKey): PacketUnprotector {
  const keys = deriveSessionKeys(crypto, profile, key);
  switch (profile) {
    case "AEAD_AES_128_GCM":
    case "AEAD_AES_256_GCM":
      return new GcmUnprotector(crypto, keys);
    case "AES128_CM_HMAC_SHA1_80":
      return new CounterModeUnprotector(crypto, keys);
  }
}
