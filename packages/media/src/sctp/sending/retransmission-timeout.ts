import type { SctpConstants } from "../sctp-constants.js";

/** RTO.Alpha, RTO.Beta (RFC 9260 §16). */
const ALPHA = 1 / 8;
const BETA = 1 / 4;

/** The retransmission timeout (RFC 9260 §6.3): from the round trips that were measured, doubled by every time it was too short. */
export class RetransmissionTimeout {
  readonly #constants: SctpConstants;
  #smoothedMs: number | undefined;
  #variationMs = 0;
  #ms: number;

  constructor(constants: SctpConstants) {
    this.#constants = constants;
    this.#ms = constants.initialRtoMs;
  }

  get ms(): number {
    return this.#ms;
  }

  /** SRTT; undefined before the first measurement. */
  get roundTripMs(): number | undefined {
    return this.#smoothedMs;
  }

  /** [RFC9260 §6.3.1 C2, C3] One round trip of something that was sent once only. */
  handleRoundTrip(roundTripMs: number): void {
    if (this.#smoothedMs === undefined) {
      this.#smoothedMs = roundTripMs;
      this.#variationMs = roundTripMs / 2;
    } else {
      this.#variationMs += BETA * (Math.abs(this.#smoothedMs - roundTripMs) - this.#variationMs);
      this.#smoothedMs += ALPHA * (roundTripMs - this.#smoothedMs);
    }
    const { minRtoMs, maxRtoMs, rtoMarginMs } = this.#constants;
    const wantedMs = this.#smoothedMs + Math.max(4 * this.#variationMs, rtoMarginMs);
    this.#ms = Math.min(Math.max(wantedMs, minRtoMs), maxRtoMs);
  }

  /** [RFC9260 §6.3.3 E2] Nothing came back in time. */
  handleTimeout(): void {
    this.#ms = Math.min(this.#ms * 2, this.#constants.maxRtoMs);
  }
}
