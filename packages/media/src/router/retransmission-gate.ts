import { after, type Instant } from "../time/instant.js";

/** Sent packets whose last resending is remembered, a power of two. */
const REMEMBERED = 512;

/** Assumed round trip before the first receiver report, ms (mediasoup: 100). */
export const DEFAULT_ROUND_TRIP_MS = 100;

/** Shortest time between two resendings, ms, whatever round trip the receiver claims. */
export const MIN_RESEND_INTERVAL_MS = 10;

/** Decides whether a packet asked for by NACK may be sent again: not within one round trip of the last time. */
export class RetransmissionGate {
  readonly #sequenceNumbers = new Float64Array(REMEMBERED).fill(-1);
  readonly #sentAt = new Float64Array(REMEMBERED);

  isDue(extendedSequenceNumber: number, roundTripMs: number, now: Instant): boolean {
    const index = extendedSequenceNumber & (REMEMBERED - 1);
    if (this.#sequenceNumbers[index] !== extendedSequenceNumber) return true;
    return now >= after(this.#sentAt[index] as Instant, Math.max(MIN_RESEND_INTERVAL_MS, roundTripMs));
  }

  /** The packet is sent again now. */
  handleSent(extendedSequenceNumber: number, now: Instant): void {
    const index = extendedSequenceNumber & (REMEMBERED - 1);
    this.#sequenceNumbers[index] = extendedSequenceNumber;
    this.#sentAt[index] = now;
  }
}
