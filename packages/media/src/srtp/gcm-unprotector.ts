import { type PacketMemory, SCRATCH } from "../bytes/packet-memory.js";
import type { AeadOpener, CryptoPort } from "../crypto/crypto-port.js";
import { GcmVector } from "./initialization-vector.js";
import type { SessionKeys } from "./key-derivation.js";
import type { PacketUnprotector } from "./packet-protection.js";
import { RTCP_CLEAR_BYTES, SRTCP_ENCRYPTED_FLAG, SRTCP_INDEX_BYTES } from "./srtp-profile.js";

const TAG_BYTES = 16;

/** AEAD_AES_128_GCM and AEAD_AES_256_GCM, receiving direction (RFC 7714 §8, §9). */
export class GcmUnprotector implements PacketUnprotector {
  readonly rtpOverheadBytes = TAG_BYTES;
  readonly rtcpOverheadBytes = TAG_BYTES + SRTCP_INDEX_BYTES;
  readonly rtcpIndexFromEnd = SRTCP_INDEX_BYTES;
  readonly #memory: PacketMemory;
  readonly #rtpOpener: AeadOpener;
  readonly #rtcpOpener: AeadOpener;
  readonly #rtpVector: GcmVector;
  readonly #rtcpVector: GcmVector;

  constructor(crypto: CryptoPort, keys: SessionKeys) {
    this.#memory = crypto.memory;
    this.#rtpOpener = crypto.createAeadOpener(keys.rtp.encryption);
    this.#rtcpOpener = crypto.createAeadOpener(keys.rtcp.encryption);
    this.#rtpVector = new GcmVector(crypto.memory.view, keys.rtp.salt);
    this.#rtcpVector = new GcmVector(crypto.memory.view, keys.rtcp.salt);
  }

  unprotectRtp(offset: number, sizeBytes: number, headerBytes: number, ssrc: number, index: number): boolean {
    this.#rtpVector.write(ssrc, index);
    const length = sizeBytes - headerBytes - TAG_BYTES;
    return this.#rtpOpener.open(SCRATCH.iv, offset, headerBytes, offset + headerBytes, length);
  }

  unprotectRtcp(offset: number, sizeBytes: number, ssrc: number, index: number): boolean {
    const view = this.#memory.view;
    view.setUint32(SCRATCH.aad, view.getUint32(offset));
    view.setUint32(SCRATCH.aad + 4, ssrc);
    view.setInt32(SCRATCH.aad + 8, SRTCP_ENCRYPTED_FLAG | index);
    this.#rtcpVector.write(ssrc, index);
    return this.#rtcpOpener.open(
      SCRATCH.iv,
      SCRATCH.aad,
      RTCP_CLEAR_BYTES + SRTCP_INDEX_BYTES,
      offset + RTCP_CLEAR_BYTES,
      sizeBytes - RTCP_CLEAR_BYTES - TAG_BYTES - SRTCP_INDEX_BYTES,
    );
  }

  close(): void {
    this.#rtpOpener.close();
    this.#rtcpOpener.close();
  }
}
