import { type PacketMemory, SCRATCH } from "../bytes/packet-memory.js";
import type { AeadSealer, CryptoPort } from "../crypto/crypto-port.js";
import { GcmVector } from "./initialization-vector.js";
import type { SessionKeys } from "./key-derivation.js";
import type { PacketProtector } from "./packet-protection.js";
import { RTCP_CLEAR_BYTES, SRTCP_ENCRYPTED_FLAG, SRTCP_INDEX_BYTES } from "./srtp-profile.js";

const TAG_BYTES = 16;

/** AEAD_AES_128_GCM and AEAD_AES_256_GCM, sending direction (RFC 7714 §8, §9). */
export class GcmProtector implements PacketProtector {
  readonly rtpOverheadBytes = TAG_BYTES;
  readonly rtcpOverheadBytes = TAG_BYTES + SRTCP_INDEX_BYTES;
  readonly #memory: PacketMemory;
  readonly #rtpSealer: AeadSealer;
  readonly #rtcpSealer: AeadSealer;
  readonly #rtpVector: GcmVector;
  readonly #rtcpVector: GcmVector;

  constructor(crypto: CryptoPort, keys: SessionKeys) {
    this.#memory = crypto.memory;
    this.#rtpSealer = crypto.createAeadSealer(keys.rtp.encryption);
    this.#rtcpSealer = crypto.createAeadSealer(keys.rtcp.encryption);
    this.#rtpVector = new GcmVector(crypto.memory.view, keys.rtp.salt);
    this.#rtcpVector = new GcmVector(crypto.memory.view, keys.rtcp.salt);
  }

  protectRtp(
    destination: number,
    headerBytes: number,
    payload: number,
    payloadBytes: number,
    ssrc: number,
    index: number,
  ): number {
    this.#rtpVector.write(ssrc, index);
    this.#rtpSealer.seal(SCRATCH.iv, destination, headerBytes, payload, payloadBytes, destination + headerBytes);
    return headerBytes + payloadBytes + TAG_BYTES;
  }

  protectRtcp(offset: number, sizeBytes: number, index: number): number {
    const view = this.#memory.view;
    const ssrc = view.getUint32(offset + 4);
    const word = SRTCP_ENCRYPTED_FLAG | index;
    view.setUint32(SCRATCH.aad, view.getUint32(offset));
    view.setUint32(SCRATCH.aad + 4, ssrc);
    view.setInt32(SCRATCH.aad + 8, word);
    this.#rtcpVector.write(ssrc, index);
    const body = offset + RTCP_CLEAR_BYTES;
    this.#rtcpSealer.seal(
      SCRATCH.iv,
      SCRATCH.aad,
      RTCP_CLEAR_BYTES + SRTCP_INDEX_BYTES,
      body,
      sizeBytes - RTCP_CLEAR_BYTES,
      body,
    );
    view.setInt32(offset + sizeBytes + TAG_BYTES, word);
    return sizeBytes + TAG_BYTES + SRTCP_INDEX_BYTES;
  }

  close(): void {
    this.#rtpSealer.close();
    this.#rtcpSealer.close();
  }
}
