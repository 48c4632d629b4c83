import { NODE_METRICS } from "./node-metrics.js";
import { PROCESS_METRICS } from "./process-metrics.js";
import { WORKER_METRICS } from "./worker-metrics.js";

/**
 * Every metric there is, in the order in which they are told. docs/reference/metrics.md is this table. Cluster state (registry, bus,
 * relay) gets a table of its own beside these.
 */
export const METRICS = { ...NODE_METRICS, ...WORKER_METRICS, ...PROCESS_METRICS } as const;

export type MetricName = keyof typeof METRICS;
export const METRIC_NAMES = Object.keys(METRICS) as readonly MetricName[];
