/** Weight of one sample in the smoothed time (LiveKit: 0.25): a report a second, so a change of path is believed within a few. */
const SAMPLE_WEIGHT = 0.25;

/**
 * Round trip time to one peer, smoothed. Samples come from receiver reports about what we send it (RFC 3550 §6.4.1) and from
 * its answers to our reference times (RFC 3611 §4.5), whichever it gives.
 */
export class RoundTripTime {
  #smoothedMs: number | undefined;

  /** Undefined before the first sample. */
  get ms(): number | undefined {
    return this.#smoothedMs;
  }

  /** `sampleMs` is 0 or more. */
  handleSample(sampleMs: number): void {
    this.#smoothedMs =
      this.#smoothedMs === undefined ? sampleMs : this.#smoothedMs + (sampleMs - this.#smoothedMs) * SAMPLE_WEIGHT;
  }
}
