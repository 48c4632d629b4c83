/** A value at a time, in any units. */
export interface Point {
  readonly at: number;
  readonly value: number;
}

/**
 * The slope of a line through points: the median of the slopes between any two of them (Theil 1950, Sen 1968). Nearly a third of the points
 * may be anything at all without moving it far, so a collection that came late or a burst that was under way is no growth.
 *
 * @returns per unit of `at`; 0 for fewer than two points that lie apart
 */
export function theilSenSlope(points: readonly Point[]): number {
  const slopes: number[] = [];
  for (const [index, one] of points.entries()) {
    for (const other of points.slice(index + 1)) {
      if (other.at !== one.at) slopes.push((other.value - one.value) / (other.at - one.at));
    }
  }
  return slopes.length === 0 ? 0 : median(slopes);
}

/** NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (upper + lower) / 2;
}
