import type { CryptoPort } from "../../crypto/crypto-port.js";
import { elapsedMs, type Instant } from "../../time/instant.js";
import type { AssociationParameters } from "./association-parameters.js";

/** HMAC-SHA1. */
const CODE_BYTES = 20;
const CONTENT_BYTES = 41;
const KEY_BYTES = 32;

/** Verification tags of an association that was there already when the cookie was made; 0 when there was none (RFC 9260 §5.2.2). */
export interface TieTags {
  readonly localTieTag: number;
  readonly peerTieTag: number;
}

export interface OpenedCookie extends TieTags {
  readonly parameters: AssociationParameters;
  /** How long ago it was made, ms. */
  readonly ageMs: number;
}

/**
 * The state cookie (RFC 9260 §5.1.3): all that an INIT taught us, signed, so that we need not remember it. Whoever asks for a
 * thousand associations costs us a thousand answers and no memory.
 */
export class StateCookie {
  readonly #crypto: Pick<CryptoPort, "hmacSha1">;
  readonly #key: Uint8Array;

  constructor(crypto: Pick<CryptoPort, "hmacSha1" | "randomBytes">) {
    this.#crypto = crypto;
    this.#key = crypto.randomBytes(KEY_BYTES);
  }

  seal(parameters: AssociationParameters, tieTags: TieTags, now: Instant): Uint8Array {
    const cookie = new Uint8Array(CONTENT_BYTES + CODE_BYTES);
    const view = new DataView(cookie.buffer);
    view.setFloat64(0, now);
    view.setUint32(8, parameters.localTag);
    view.setUint32(12, parameters.localInitialTsn);
    view.setUint32(16, parameters.peerTag);
    view.setUint32(20, parameters.peerInitialTsn);
    view.setUint32(24, parameters.peerWindowBytes);
    view.setUint16(28, parameters.outboundStreams);
    view.setUint16(30, parameters.inboundStreams);
    view.setUint32(32, tieTags.localTieTag);
    view.setUint32(36, tieTags.peerTieTag);
    view.setUint8(40, (parameters.hasForwardTsn ? 1 : 0) | (parameters.hasReConfig ? 2 : 0));
    cookie.set(this.#crypto.hmacSha1(this.#key, cookie.subarray(0, CONTENT_BYTES)), CONTENT_BYTES);
    return cookie;
  }

  /** Undefined for a cookie that is not ours. Its age is for the caller to judge. */
  open(cookie: Uint8Array, now: Instant): OpenedCookie | undefined {
    if (cookie.length !== CONTENT_BYTES + CODE_BYTES) return undefined;
    const code = this.#crypto.hmacSha1(this.#key, cookie.subarray(0, CONTENT_BYTES));
    let difference = 0;
    // All of it, always: how far a forged code is right must not show in the time that it takes.
    for (let index = 0; index < CODE_BYTES; index++) {
      difference |= (code[index] as number) ^ (cookie[CONTENT_BYTES + index] as number);
    }
    if (difference !== 0) return undefined;
    const view = new DataView(cookie.buffer, cookie.byteOffset, cookie.length);
    const flags = view.getUint8(40);
    return {
      parameters: {
        localTag: view.getUint32(8),
        localInitialTsn: view.getUint32(12),
        peerTag: view.getUint32(16),
        peerInitialTsn: view.getUint32(20),
        peerWindowBytes: view.getUint32(24),
        outboundStreams: view.getUint16(28),
        inboundStreams: view.getUint16(30),
        hasForwardTsn: (flags & 1) !== 0,
        hasReConfig: (flags & 2) !== 0,
      },
      localTieTag: view.getUint32(32),
      peerTieTag: view.getUint32(36),
      ageMs: elapsedMs(view.getFloat64(0) as Instant, now),
    };
  }
}
