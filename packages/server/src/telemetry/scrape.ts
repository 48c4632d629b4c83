import type { WorkerReadings } from "../worker/worker-supervisor.js";
import { MetricReadings } from "./metric-readings.js";
import { type MeteredNode, readNode } from "./node-meter.js";
import type { ProcessMeter } from "./process-meter.js";

export interface MeteredWorkers {
  readMetrics(timeoutMs: number): Promise<readonly WorkerReadings[]>;
}

export interface ScrapeOptions {
  readonly node: MeteredNode;
  readonly workers: MeteredWorkers;
  readonly process: ProcessMeter;
  readonly version: string;
}

/** What a worker has to answer, ms: Prometheus waits 10 s for all of it. One that is busy for so long is not up. */
const WORKER_TIMEOUT_MS = 1_000;

/** Everything at this moment, as Prometheus reads it. */
export async function scrape({ node, workers, process, version }: ScrapeOptions): Promise<string> {
  const told = await workers.readMetrics(WORKER_TIMEOUT_MS);
  const readings = new MetricReadings();
  readNode(readings, node, version);
  process.read(readings);
  for (const { index, restarts, readings: ofWorker } of told) {
    readings.add("sluice_worker_up", Number(ofWorker !== undefined), { worker: index });
    readings.add("sluice_worker_restarts_total", restarts, { worker: index });
    if (ofWorker !== undefined) readings.merge(ofWorker);
  }
  return readings.toText();
}
