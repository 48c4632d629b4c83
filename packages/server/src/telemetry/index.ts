/** What tests and benches need that read what a node tells of itself. */
export type { HistogramReading } from "./histogram.js";
export { METRICS, type MetricName } from "./metrics.js";
export { quantileOf } from "./quantile.js";
export { parseExposition, type ScrapedFamily, type ScrapedSample } from "./testing/parse-exposition.js";
