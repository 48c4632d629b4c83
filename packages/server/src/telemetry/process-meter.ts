import { constants, PerformanceObserver } from "node:perf_hooks";
import { PAUSE_SECONDS } from "./buckets.js";
import { Histogram } from "./histogram.js";
import type { MetricReadings } from "./metric-readings.js";

/** Between two looks at how late the event loop is, ms. */
const LOOP_INTERVAL_MS = 20;

/** As V8 names them. */
const GC_KINDS: ReadonlyMap<number, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MINOR, "minor"],
  [constants.NODE_PERFORMANCE_GC_MAJOR, "major"],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, "incremental"],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, "weak_callbacks"],
]);

/** A kind that a newer V8 may have. */
const OTHER_KIND = "other";

/** What Node tells of one pause. */
interface GcEntry {
  /** ms */
  readonly duration: number;
  readonly detail: { readonly kind: number };
}

/** What this process costs, and how long it makes everything wait. */
export class ProcessMeter {
  readonly #name: string;
  readonly #pauses = new Map([...GC_KINDS.values(), OTHER_KIND].map((kind) => [kind, new Histogram(PAUSE_SECONDS)] as const));
  readonly #loopDelays = new Histogram(PAUSE_SECONDS);
  readonly #observer: PerformanceObserver;
  readonly #timer: NodeJS.Timeout;

  /** `name`: value of the label `process`. */
  constructor(name: string) {
    this.#name = name;
    this.#observer = new PerformanceObserver((list) => {
      for (const { duration, detail } of list.getEntries() as unknown as readonly GcEntry[]) {
        this.#pauses.get(GC_KINDS.get(detail.kind) ?? OTHER_KIND)?.record(duration / 1000);
      }
    });
    this.#observer.observe({ entryTypes: ["gc"] });
    let before = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.#loopDelays.record(Math.max(0, now - before - LOOP_INTERVAL_MS) / 1000);
      before = now;
    }, LOOP_INTERVAL_MS);
    this.#timer.unref();
  }

  read(readings: MetricReadings): void {
    const process_ = { process: this.#name };
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
    readings.add("sluice_process_start_time_seconds", performance.timeOrigin / 1000, process_);
    readings.add("sluice_process_cpu_seconds_total", (user + system) / 1e6, process_);
    readings.add("sluice_process_resident_memory_bytes", rss, process_);
    readings.add("sluice_process_heap_used_bytes", heapUsed, process_);
    readings.add("sluice_process_heap_total_bytes", heapTotal, process_);
    readings.add("sluice_process_external_memory_bytes", external, process_);
    for (const [kind, pauses] of this.#pauses) readings.add("sluice_gc_pause_seconds", pauses.read(), { ...process_, kind });
    readings.add("sluice_event_loop_delay_seconds", this.#loopDelays.read(), process_);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#observer.disconnect();
  }
}
