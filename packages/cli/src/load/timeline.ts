import { type LatencyCounts, LatencyHistogram } from "./latency-histogram.js";

/** One interval of a load. */
export interface TimelinePoint {
  /** Its beginning, ms since that of the load. */
  readonly atMs: number;
  readonly lengthMs: number;
  readonly connections: number;
  readonly latency: LatencyHistogram;
  readonly errors: number;
}

interface Interval {
  latencies: LatencyCounts;
  errors: number;
  /** Latest of each process. */
  readonly connections: Map<number, number>;
}

/** Intervals kept; when there are more, two become one. */
const MAX_INTERVALS = 600;
const FIRST_INTERVAL_MS = 1_000;

/** What a load did, second by second; a long one in longer intervals, so that its memory is bounded. */
export class Timeline {
  #intervalMs = FIRST_INTERVAL_MS;
  #intervals: (Interval | undefined)[] = [];

  /** `atMs`: since the beginning of the load. */
  add(atMs: number, processIndex: number, connections: number, latencies: readonly LatencyCounts[], errors: number): void {
    while (atMs >= MAX_INTERVALS * this.#intervalMs) this.#halve();
    const at = Math.max(0, Math.floor(atMs / this.#intervalMs));
    const interval = this.#intervals[at] ?? { latencies: new LatencyHistogram().toCounts(), errors: 0, connections: new Map() };
    this.#intervals[at] = interval;
    interval.latencies = merge([interval.latencies, ...latencies]);
    interval.errors += errors;
    interval.connections.set(processIndex, connections);
  }

  points(): TimelinePoint[] {
    const connections = new Map<number, number>();
    const points: TimelinePoint[] = [];
    for (const [at, interval] of this.#intervals.entries()) {
      for (const [process, count] of interval?.connections ?? []) connections.set(process, count);
      const latency = new LatencyHistogram();
      if (interval !== undefined) latency.add(interval.latencies);
      points.push({
        atMs: at * this.#intervalMs,
        lengthMs: this.#intervalMs,
        connections: [...connections.values()].reduce((sum, count) => sum + count, 0),
        latency,
        errors: interval?.errors ?? 0,
      });
    }
    return points;
  }

  #halve(): void {
    this.#intervalMs *= 2;
    const halved: (Interval | undefined)[] = [];
    for (let at = 0; at < this.#intervals.length; at += 2) {
      const [first, second] = [this.#intervals[at], this.#intervals[at + 1]];
      halved.push(first === undefined || second === undefined ? (first ?? second) : join(first, second));
    }
    this.#intervals = halved;
  }
}

function join(first: Interval, second: Interval): Interval {
  return {
    latencies: merge([first.latencies, second.latencies]),
    errors: first.errors + second.errors,
    connections: new Map([...first.connections, ...second.connections]),
  };
}

function merge(all: readonly LatencyCounts[]): LatencyCounts {
  const histogram = new LatencyHistogram();
  for (const each of all) histogram.add(each);
  return histogram.toCounts();
}
