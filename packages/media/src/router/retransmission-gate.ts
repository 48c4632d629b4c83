import type { Instant } from "../time/instant.js";

/** Sent packets whose last resending is remembered, a power of two. */
const REMEMBERED = 512;

/** Assumed round trip before the first receiver report, ms (mediasoup: 100). */
export const DEFAULT_ROUND_TRIP_MS = 100;

/** Bytes a second that one Consumer may resend; bursts of a quarter second. A NACK flood cannot multiply traffic beyond it. */
export const MAX_RETRANSMIT_BYTES_PER_SECOND = 500_000;

/** Decides whether a packet asked for by NACK may be sent again: not within one round trip, and not beyond a rate. */
export class RetransmissionGate {
  readonly #sequenceNumbers = new Float64Array(REMEMBERED).fill(-1);
  readonly #sentAtMs = new Float64Array(REMEMBERED);
  #budgetBytes = MAX_RETRANSMIT_BYTES_PER_SECOND / 4;
  #refilledAt: Instant | undefined;

  admit(extendedSequenceNumber: number, sizeBytes: number, roundTripMs: number, now: Instant): boolean {
    const nowMs = now / 1000;
    const index = extendedSequenceNumber & (REMEMBERED - 1);
    if (this.#sequenceNumbers[index] === extendedSequenceNumber && nowMs - (this.#sentAtMs[index] as number) < roundTripMs)
      return false;
    if (this.#refilledAt !== undefined) {
      const earned = ((now - this.#refilledAt) / 1_000_000) * MAX_RETRANSMIT_BYTES_PER_SECOND;
      this.#budgetBytes = Math.min(MAX_RETRANSMIT_BYTES_PER_SECOND / 4, this.#budgetBytes + earned);
    }
    this.#refilledAt = now;
    if (this.#budgetBytes < sizeBytes) return false;
    this.#budgetBytes -= sizeBytes;
    this.#sequenceNumbers[index] = extendedSequenceNumber;
    this.#sentAtMs[index] = nowMs;
    return true;
  }
}
