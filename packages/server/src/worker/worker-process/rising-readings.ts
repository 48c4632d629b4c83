import type { PlainReadings } from "../../telemetry/metric-readings.js";
import { METRICS } from "../../telemetry/metrics.js";

/**
 * Keeps counters from falling: what was counted as lost may come after all, and what waited may not leave. Prometheus takes a
 * counter that falls for one that began anew, and would add all of it again.
 */
export class RisingReadings {
  /** By name and label values. */
  readonly #highest = new Map<string, number>();

  raise(readings: PlainReadings): PlainReadings {
    return readings.map(([name, samples]) => {
      if (METRICS[name].type !== "counter") return [name, samples] as const;
      const raised = samples.map(({ labelValues, value }) => {
        const key = JSON.stringify([name, ...labelValues]);
        const highest = Math.max(this.#highest.get(key) ?? 0, typeof value === "number" ? value : 0);
        this.#highest.set(key, highest);
        return { labelValues, value: highest };
      });
      return [name, raised] as const;
    });
  }
}
