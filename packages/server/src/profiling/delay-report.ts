import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Histogram, HistogramReading } from "../telemetry/histogram.js";

/** Between two looks at the event loop, ms. */
const RESOLUTION_MS = 1;
const PERCENTILES = [50, 90, 99, 99.9] as const;

/** What {@link DelayRecording} found. Times in ms. */
export interface DelayReport {
  readonly seconds: number;
  /** How much later than asked for a timer runs. */
  readonly eventLoop: {
    readonly samples: number;
    readonly meanMs: number;
    readonly maxMs: number;
    /** By percentile. */
    readonly percentilesMs: Readonly<Record<string, number>>;
  };
  /** Of a media worker: from a batch's arrival to its leaving. `atMostMs` is the upper bound of each count, null for no bound. */
  readonly packetLoop: readonly { readonly atMostMs: number | null; readonly datagrams: number }[] | undefined;
}

/** How late a process was between its beginning and {@link stop}. */
export class DelayRecording {
  readonly #loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #packets: Histogram | undefined;
  readonly #before: HistogramReading | undefined;
  readonly #startedMs = performance.now();

  /** `packets`: how long packets are here, counted by who else wants to know. */
  constructor(packets: Histogram | undefined) {
    this.#packets = packets;
    this.#before = packets?.read();
    this.#loop.enable();
  }

  stop(): DelayReport {
    this.#loop.disable();
    const { mean, max, count } = this.#loop;
    // What it measures is the time between two timers, of which the first part was asked for.
    const lateMs = (ns: number) => Math.max(0, Math.round(ns / 1e3) / 1e3 - RESOLUTION_MS);
    return {
      seconds: (performance.now() - this.#startedMs) / 1000,
      eventLoop: {
        samples: count,
        meanMs: Number.isNaN(mean) ? 0 : lateMs(mean),
        maxMs: lateMs(max),
        percentilesMs: Object.fromEntries(PERCENTILES.map((each) => [each, lateMs(this.#loop.percentile(each))])),
      },
      packetLoop: this.#packetLoop(),
    };
  }

  #packetLoop(): DelayReport["packetLoop"] {
    const after = this.#packets?.read();
    return after?.counts.map((count, index) => {
      const bound = after.bounds[index];
      const datagrams = count - (this.#before?.counts[index] ?? 0);
      return { atMostMs: bound === undefined ? null : bound * 1000, datagrams };
    });
  }
}
