import type { HistogramReading } from "./histogram.js";
import { METRIC_NAMES, METRICS, type MetricName } from "./metrics.js";
import { type Sample, serializeFamily } from "./serialize-metrics.js";

type Definition<N extends MetricName> = (typeof METRICS)[N];
type Value<N extends MetricName> = Definition<N>["type"] extends "histogram" ? HistogramReading : number;
type LabelsOf<N extends MetricName> = { readonly [L in Definition<N>["labels"][number]]: string | number };

/** As it crosses the IPC channel. */
export type PlainReadings = readonly (readonly [name: MetricName, samples: readonly Sample[]])[];

/** What was read of the metrics at one moment. A name that is in no table, or labels that are not its, do not compile. */
export class MetricReadings {
  readonly #byName = new Map<MetricName, Sample[]>();

  add<N extends MetricName>(name: N, value: Value<N>, labels: LabelsOf<N>): void {
    const values: Readonly<Record<string, string | number>> = labels;
    const labelValues = METRICS[name].labels.map((label) => String(values[label]));
    this.#samplesOf(name).push({ labelValues, value });
  }

  merge(readings: PlainReadings): void {
    for (const [name, samples] of readings) this.#samplesOf(name).push(...samples);
  }

  toPlain(): PlainReadings {
    return [...this.#byName];
  }

  /** In the order of the tables. */
  toText(): string {
    return METRIC_NAMES.map((name) => serializeFamily(name, METRICS[name], this.#byName.get(name) ?? [])).join("");
  }

  #samplesOf(name: MetricName): Sample[] {
    const samples = this.#byName.get(name) ?? [];
    this.#byName.set(name, samples);
    return samples;
  }
}
