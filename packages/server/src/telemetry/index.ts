/** What tests of a whole node need that scrape it. */
export { METRICS, type MetricName } from "./metrics.js";
export { parseExposition, type ScrapedFamily, type ScrapedSample } from "./testing/parse-exposition.js";
