import { type PacketMemory, SCRATCH } from "../bytes/packet-memory.js";
import type { Authenticator, CounterCipher, CryptoPort } from "../crypto/crypto-port.js";
import { CounterModeVector } from "./initialization-vector.js";
import type { SessionKeys } from "./key-derivation.js";
import type { PacketUnprotector } from "./packet-protection.js";
import { RTCP_CLEAR_BYTES, SRTCP_INDEX_BYTES } from "./srtp-profile.js";

const TAG_BYTES = 10;

/** AES128_CM_HMAC_SHA1_80, receiving direction (RFC 3711 §3.3, §3.4). Authenticates first, so a forged packet stays as it came. */
export class CounterModeUnprotector implements PacketUnprotector {
  readonly rtpOverheadBytes = TAG_BYTES;
  readonly rtcpOverheadBytes = SRTCP_INDEX_BYTES + TAG_BYTES;
  readonly rtcpIndexFromEnd = SRTCP_INDEX_BYTES + TAG_BYTES;
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

  unprotectRtp(offset: number, sizeBytes: number, headerBytes: number, ssrc: number, index: number): boolean {
    const view = this.#memory.view;
    const plainBytes = sizeBytes - TAG_BYTES;
    const tag = offset + plainBytes;
    // The authenticated bytes end with the rollover counter, which is not sent: it takes the place of the tag's first word.
    const tagWord = view.getUint32(tag);
    view.setUint32(tag, Math.floor(index / 0x1_0000));
    this.#rtpAuthenticator.sign(offset, plainBytes + 4, SCRATCH.tag);
    view.setUint32(tag, tagWord);
    if (!this.#isTagAt(tag)) return false;
    const payloadBytes = plainBytes - headerBytes;
    if (payloadBytes === 0) return true;
    this.#rtpVector.write(ssrc, index);
    this.#rtpCipher.apply(SCRATCH.iv, offset + headerBytes, payloadBytes, offset + headerBytes);
    return true;
  }

  unprotectRtcp(offset: number, sizeBytes: number, ssrc: number, index: number): boolean {
    this.#rtcpAuthenticator.sign(offset, sizeBytes - TAG_BYTES, SCRATCH.tag);
    if (!this.#isTagAt(offset + sizeBytes - TAG_BYTES)) return false;
    const body = offset + RTCP_CLEAR_BYTES;
    const bodyBytes = sizeBytes - RTCP_CLEAR_BYTES - SRTCP_INDEX_BYTES - TAG_BYTES;
    if (bodyBytes === 0) return true;
    this.#rtcpVector.write(ssrc, index);
    this.#rtcpCipher.apply(SCRATCH.iv, body, bodyBytes, body);
    return true;
  }

  close(): void {
    this.#rtpCipher.close();
    this.#rtcpCipher.close();
    this.#rtpAuthenticator.close();
    this.#rtcpAuthenticator.close();
  }

  /** Compares in constant time: how many bytes of a forged tag were right must not show. */
  #isTagAt(offset: number): boolean {
    const view = this.#memory.view;
    const difference =
      (view.getUint32(offset) ^ view.getUint32(SCRATCH.tag)) |
      (view.getUint32(offset + 4) ^ view.getUint32(SCRATCH.tag + 4)) |
      (view.getUint16(offset + 8) ^ view.getUint16(SCRATCH.tag + 8));
    return difference === 0;
  }
}
