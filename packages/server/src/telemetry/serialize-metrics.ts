import type { HistogramReading } from "./histogram.js";
import type { MetricDefinition } from "./metric.js";

/** What was read of one family for one set of label values, which are in the order of its labels. Plain data. */
export interface Sample {
  readonly labelValues: readonly string[];
  readonly value: number | HistogramReading;
}

/** What HTTP calls the format (Prometheus text-based exposition format 0.0.4). */
export const EXPOSITION_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/**
 * One family in the text-based exposition format 0.0.4; empty without samples. A histogram's buckets become cumulative here.
 *
 * @throws RangeError for a sample that does not fit the definition, which is a mistake of ours
 */
export function serializeFamily(name: string, { type, help, labels }: MetricDefinition, samples: readonly Sample[]): string {
  if (samples.length === 0) return "";
  const lines = [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`];
  for (const { labelValues, value } of samples) {
    if (labelValues.length !== labels.length) throw new RangeError(`${name} has ${labels.length} labels`);
    const pairs = labels.map((label, index) => `${label}="${escapeLabel(labelValues[index] ?? "")}"`);
    if (typeof value === "number") {
      if (type === "histogram") throw new RangeError(`${name} is a histogram`);
      lines.push(`${name}${inBraces(pairs)} ${formatValue(value)}`);
    } else {
      if (type !== "histogram") throw new RangeError(`${name} is no histogram`);
      lines.push(...histogramLines(name, pairs, value));
    }
  }
  return `${lines.join("\n")}\n`;
}

function histogramLines(name: string, pairs: readonly string[], { bounds, counts, sum }: HistogramReading): string[] {
  let count = 0;
  const buckets = [...bounds, Number.POSITIVE_INFINITY].map((bound, index) => {
    count += counts[index] ?? 0;
    return `${name}_bucket${inBraces([...pairs, `le="${formatValue(bound)}"`])} ${formatValue(count)}`;
  });
  return [
    ...buckets,
    `${name}_sum${inBraces(pairs)} ${formatValue(sum)}`,
    `${name}_count${inBraces(pairs)} ${formatValue(count)}`,
  ];
}

function inBraces(pairs: readonly string[]): string {
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

/** As Go's ParseFloat reads it. */
function formatValue(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? "+Inf" : "-Inf";
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
