import { SluiceError } from "@sluice/protocol";

/** Of one transport's whole life. A client that needs more has been re-negotiating several times a second for hours. */
const MAX_SSRCS = 65_536;
const MAX_ATTEMPTS = 16;

/**
 * SSRCs for what one transport sends. None is ever given twice: a new RTP stream under an old SSRC would use SRTP packet
 * indices again with the same key (RFC 3711 §9.1).
 */
export class SsrcAllocator {
  readonly #randomUint32: () => number;
  readonly #used = new Set<number>();

  constructor(randomUint32: () => number) {
    this.#randomUint32 = randomUint32;
  }

  /** One that the peer does not use either. Throws SluiceError `resourceExhausted`. */
  allocate(ofPeer: ReadonlySet<number>): number {
    for (let attempt = 0; attempt < MAX_ATTEMPTS && this.#used.size < MAX_SSRCS; attempt++) {
      const ssrc = this.#randomUint32() >>> 0;
      if (ssrc === 0 || this.#used.has(ssrc) || ofPeer.has(ssrc)) continue;
      this.#used.add(ssrc);
      return ssrc;
    }
    throw new SluiceError("resourceExhausted", "This peer connection has used up its SSRCs; make a new one.");
  }
}
