/**
 * The upper bound of the bucket that `ratio` (0–1) of what was counted lies at or below; of the last bucket, which has none, its lower one.
 * Undefined when nothing was counted. `bounds` and `counts` are as in a histogram's reading.
 */
export function quantileOf(ratio: number, bounds: readonly number[], counts: readonly number[]): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  let below = 0;
  for (const [bucket, count] of counts.entries()) {
    below += count;
    if (count > 0 && below >= total * ratio) return bounds[Math.min(bucket, bounds.length - 1)];
  }
  return bounds.at(-1);
}
