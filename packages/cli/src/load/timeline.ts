import { Intervals } from "./intervals.js";
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

/** What a load did, second by second. */
export class Timeline {
  readonly #intervals = new Intervals<Interval>(join);

  /** `atMs`: since the beginning of the load. */
  add(atMs: number, processIndex: number, connections: number, latencies: readonly LatencyCounts[], errors: number): void {
    this.#intervals.update(atMs, (interval = createInterval()) => {
      interval.latencies = merge([interval.latencies, ...latencies]);
      interval.errors += errors;
      interval.connections.set(processIndex, connections);
      return interval;
    });
  }

  points(): TimelinePoint[] {
    const connections = new Map<number, number>();
    return this.#intervals.list().map(({ atMs, lengthMs, value }) => {
      for (const [process, count] of value?.connections ?? []) connections.set(process, count);
      const latency = new LatencyHistogram();
      if (value !== undefined) latency.add(value.latencies);
      const open = [...connections.values()].reduce((sum, count) => sum + count, 0);
      return { atMs, lengthMs, connections: open, latency, errors: value?.errors ?? 0 };
    });
  }
}

function createInterval(): Interval {
  return { latencies: new LatencyHistogram().toCounts(), errors: 0, connections: new Map() };
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
