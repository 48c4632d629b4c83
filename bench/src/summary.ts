/** Value below which the share `ratio` (0–1) of `values` lies; NaN for an empty list. Does not change `values`. */
export function percentile(values: ArrayLike<number>, ratio: number): number {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) return Number.NaN;
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * ratio))] as number;
}

export function median(values: ArrayLike<number>): number {
  return percentile(values, 0.5);
}

/** `value` with `digits` digits behind the point, as a number, for JSON lines that people read. */
export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
