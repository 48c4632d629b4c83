import type { LatencyHistogram } from "../latency-histogram.js";
import { quantileTicks } from "../quantiles.js";
import { linePlot } from "./line-plot.js";

const NINES = [0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999];

/** Values by percentile, every nine as wide as the one before it. `name`: of what. */
export function percentilePlot(title: string, name: string, histogram: LatencyHistogram): string {
  const { count } = histogram;
  // As far to the right as there are values that tell one nine from the next.
  const last = Math.max(10, count);
  const xOf = (quantile: number) => Math.log10(1 / Math.max(1 - quantile, 1 / last));
  const nines = NINES.filter((quantile) => 1 / (1 - quantile) <= last);
  return linePlot({
    title,
    yUnit: "ms",
    series: [{ name, points: quantileTicks(count).map((quantile) => [xOf(quantile), histogram.valueAt(quantile) / 1_000]) }],
    xTicks: [...nines.map((quantile) => [xOf(quantile), `${Number((quantile * 100).toFixed(3))} %`] as const), [xOf(1), ""]],
  });
}
