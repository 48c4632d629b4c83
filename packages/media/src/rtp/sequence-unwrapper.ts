/**
 * The extended number with these low 16 bits that lies nearest to `reference`; a tie (exactly 32768 apart) stays in the
 * rollover of `reference`, as in RFC 3711 appendix A. May be negative when `reference` is below 32768.
 */
export function extendSequenceNumber(sequenceNumber: number, reference: number): number {
  const rollover = reference - (reference & 0xffff);
  const difference = sequenceNumber - (reference & 0xffff);
  if (difference > 0x8000) return rollover + sequenceNumber - 0x10000;
  if (difference < -0x8000) return rollover + sequenceNumber + 0x10000;
  return rollover + sequenceNumber;
}

/**
 * Widens the 16-bit sequence numbers of one stream where SRTP does not do it: transport-wide sequence numbers and the like.
 *
 * The first number starts in rollover 0; numbers older than it may come out negative. Only a number that is ahead moves the
 * reference, so a late packet never pulls the rollover back.
 */
export class SequenceUnwrapper {
  #highest: number | undefined;

  /** Highest extended number so far; undefined before the first. */
  get highest(): number | undefined {
    return this.#highest;
  }

  unwrap(sequenceNumber: number): number {
    if (this.#highest === undefined) {
      this.#highest = sequenceNumber;
      return sequenceNumber;
    }
    const extended = extendSequenceNumber(sequenceNumber, this.#highest);
    if (extended > this.#highest) this.#highest = extended;
    return extended;
  }
}
