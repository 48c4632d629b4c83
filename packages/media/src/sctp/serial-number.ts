/**
 * Serial numbers of the wire, widened once at the door (RFC 1982, RFC 9260 §1.6): inside, a TSN is a plain number that never wraps.
 * The wire has its lower 32 bits (`>>> 0` gives them back), of a stream sequence number the lower 16.
 */

/** The number nearest to `reference` whose lower 32 bits are `value`. */
export function extendTsn(value: number, reference: number): number {
  return reference + ((value - reference) | 0);
}

/** The number nearest to `reference` whose lower 16 bits are `value`. */
export function extendSsn(value: number, reference: number): number {
  return reference + (((value - reference) << 16) >> 16);
}
