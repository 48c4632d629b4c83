import { type PacketMemory, SCRATCH } from "../bytes/packet-memory.js";
import type { Authenticator, CounterCipher, CryptoPort } from "../crypto/crypto-port.js";
import { CounterModeVector } from "./initialization-vector.js";
import type { SessionKeys } from "./key-derivation.js";
import type { PacketProtector } from "./packet-protection.js";
import { RTCP_CLEAR_BYTES, SRTCP_ENCRYPTED_FLAG, SRTCP_INDEX_BYTES } from "./srtp-profile.js";

const TAG_BYTES = 10;

/** AES128_CM_HMAC_SHA1_80, sending direction (RFC 3711 §3.3, §3.4, §4.1.1, §4.2.1). */
export class CounterModeProtector implements PacketProtector {
  readonly rtpOverheadBytes = TAG_BYTES;
  readonly rtcpOverheadBytes = SRTCP_INDEX_BYTES + TAG_BYTES;
  readonly #memory: PacketMemory;
  readonly #rtpCipher: CounterCipher;
  readonly #rtcpCipher: CounterCipher;
  readonly #rtpAuthenticator: Authenticator;
  readonly #rtcpAuthenticator: Authenticator;
  readonly #rtpVector: CounterModeVector;
  readonly #rtcpVector: CounterModeVector;

  constructor(crypto: CryptoPort, keys: SessionKeys) {
    this.#memory = crypto.memory;
    this.#rtpCipher = crypto.createCounterCipher(keys.rtp.encryption);
    this.#rtcpCipher = crypto.createCounterCipher(keys.rtcp.encryption);
    this.#rtpAuthenticator = crypto.createAuthenticator(keys.rtp.authentication);
    this.#rtcpAuthenticator = crypto.createAuthenticator(keys.rtcp.authentication);
    this.#rtpVector = new CounterModeVector(crypto.memory.view, keys.rtp.salt);
    this.#rtcpVector = new CounterModeVector(crypto.memory.view, keys.rtcp.salt);
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
    if (payloadBytes > 0) this.#rtpCipher.apply(SCRATCH.iv, payload, payloadBytes, destination + headerBytes);
    const plainBytes = headerBytes + payloadBytes;
    // The rollover counter is authenticated but not sent: it lies for a moment where the tag goes.
    this.#memory.view.setUint32(destination + plainBytes, Math.floor(index / 0x1_0000));
    this.#rtpAuthenticator.sign(destination, plainBytes + 4, SCRATCH.tag);
    this.#copyTag(destination + plainBytes);
    return plainBytes + TAG_BYTES;
  }

  protectRtcp(offset: number, sizeBytes: number, index: number): number {
    const view = this.#memory.view;
    const body = offset + RTCP_CLEAR_BYTES;
    this.#rtcpVector.write(view.getUint32(offset + 4), index);
    if (sizeBytes > RTCP_CLEAR_BYTES) this.#rtcpCipher.apply(SCRATCH.iv, body, sizeBytes - RTCP_CLEAR_BYTES, body);
    view.setInt32(offset + sizeBytes, SRTCP_ENCRYPTED_FLAG | index);
    this.#rtcpAuthenticator.sign(offset, sizeBytes + SRTCP_INDEX_BYTES, SCRATCH.tag);
    this.#copyTag(offset + sizeBytes + SRTCP_INDEX_BYTES);
    return sizeBytes + SRTCP_INDEX_BYTES + TAG_BYTES;
  }

  close(): void {
    this.#rtpCipher.close();
    this.#rtcpCipher.close();
    this.#rtpAuthenticator.close();
    this.#rtcpAuthenticator.close();
  }

  /** The leftmost 80 bits of the 160 that HMAC-SHA1 gave. */
  #copyTag(destination: number): void {
    const view = this.#memory.view;
    view.setUint32(destination, view.getUint32(SCRATCH.tag));
    view.setUint32(destination + 4, view.getUint32(SCRATCH.tag + 4));
    view.setUint16(destination + 8, view.getUint16(SCRATCH.tag + 8));
  }
}
