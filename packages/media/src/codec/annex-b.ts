/**
 * The NAL units of an H.264 byte stream (ITU-T H.264 Annex B), as offset pairs into it: `units[2i]` is where unit i starts,
 * after its start code, and `units[2i + 1]` where it ends, without trailing zeros.
 *
 * @param units is cleared and filled, so that a caller can use it again
 * @param maxUnits further units are left out
 */
export function findNalUnits(stream: Uint8Array, units: number[], maxUnits: number): void {
  units.length = 0;
  let start = afterStartCode(stream, 0);
  while (start >= 0 && units.length < 2 * maxUnits) {
    const next = afterStartCode(stream, start);
    let end = next < 0 ? stream.length : next - 3;
    while (end > start && stream[end - 1] === 0) end--;
    if (end > start) units.push(start, end);
    start = next;
  }
}

/** The position after the first start code (00 00 01) at or after `from`; -1 when there is none. */
function afterStartCode(stream: Uint8Array, from: number): number {
  for (let one = stream.indexOf(1, from + 2); one >= 0; one = stream.indexOf(1, one + 1)) {
    if (stream[one - 1] === 0 && stream[one - 2] === 0) return one + 1;
  }
  return -1;
}
