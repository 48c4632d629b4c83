import type { Instant } from "@sluice/media";
import { REQUEST_SECONDS } from "./buckets.js";
import { Histogram, type HistogramReading } from "./histogram.js";

/** What one method was asked for. */
export interface MethodReading {
  readonly method: string;
  /** By outcome: "ok" or an error's code. */
  readonly counts: ReadonlyMap<string, number>;
  readonly durations: HistogramReading;
}

interface MeteredMethod {
  readonly counts: Map<string, number>;
  readonly durations: Histogram;
}

/** The method of what is no request. */
export const UNKNOWN_METHOD = "unknown";
/** The outcome of what was granted. */
export const OK = "ok";

/** Requests of one door by method and outcome, and how long they took. Both have to come from closed lists. */
export class RequestMeter {
  readonly #methods = new Map<string, MeteredMethod>();

  record(method: string, outcome: string, from: Instant, to: Instant): void {
    let metered = this.#methods.get(method);
    if (metered === undefined) {
      metered = { counts: new Map(), durations: new Histogram(REQUEST_SECONDS) };
      this.#methods.set(method, metered);
    }
    metered.counts.set(outcome, (metered.counts.get(outcome) ?? 0) + 1);
    metered.durations.record((to - from) / 1e6);
  }

  read(): MethodReading[] {
    return [...this.#methods].map(([method, { counts, durations }]) => ({ method, counts, durations: durations.read() }));
  }
}
