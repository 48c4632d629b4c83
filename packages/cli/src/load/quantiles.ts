import type { LatencyHistogram } from "./latency-histogram.js";

/** Of durations; null: there are none. */
export interface Quantiles {
  readonly count: number;
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly p99Ms: number | null;
  readonly p999Ms: number | null;
  readonly maxMs: number | null;
  readonly meanMs: number | null;
}

export function quantilesOf(histogram: LatencyHistogram): Quantiles {
  const { count } = histogram;
  const ms = (valueUs: number) => (count === 0 ? null : Math.round(valueUs) / 1_000);
  return {
    count,
    p50Ms: ms(histogram.valueAt(0.5)),
    p90Ms: ms(histogram.valueAt(0.9)),
    p99Ms: ms(histogram.valueAt(0.99)),
    p999Ms: ms(histogram.valueAt(0.999)),
    maxMs: ms(histogram.maxUs),
    meanMs: ms(histogram.meanUs),
  };
}

const TICKS_PER_HALF_DISTANCE = 5;

/** Quantiles at which a distribution is shown: ever closer to 1, as far as `count` values tell. The last is 1. */
export function quantileTicks(count: number): number[] {
  const ticks: number[] = [];
  for (let halves = 0; 2 ** halves <= Math.max(1, count); halves++) {
    for (let tick = 0; tick < TICKS_PER_HALF_DISTANCE; tick++)
      ticks.push(1 - (1 - tick / (2 * TICKS_PER_HALF_DISTANCE)) / 2 ** halves);
  }
  return [...ticks, 1];
}

/** A percentile distribution in the text form of HdrHistogram (.hgrm), which its plotter reads; values in ms. */
export function formatDistribution(histogram: LatencyHistogram): string {
  const { count } = histogram;
  const lines = ["       Value     Percentile TotalCount 1/(1-Percentile)", ""];
  for (const quantile of quantileTicks(count)) {
    const valueUs = histogram.valueAt(quantile);
    const value = (valueUs / 1_000).toFixed(3).padStart(12);
    const reached = String(histogram.countUpTo(valueUs)).padStart(10);
    const distance = quantile === 1 ? "inf" : (1 / (1 - quantile)).toFixed(2);
    lines.push(`${value} ${quantile.toFixed(12)} ${reached} ${distance.padStart(14)}`);
  }
  const fixed = (valueUs: number) => (valueUs / 1_000).toFixed(3).padStart(12);
  lines.push(
    `#[Mean    = ${fixed(histogram.meanUs)}, StdDeviation   = ${fixed(histogram.standardDeviationUs)}]`,
    `#[Max     = ${fixed(histogram.maxUs)}, Total count    = ${String(count).padStart(12)}]`,
    "#[Buckets =           21, SubBuckets     =         2048]",
  );
  return `${lines.join("\n")}\n`;
}
