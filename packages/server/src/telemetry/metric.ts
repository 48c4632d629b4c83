/** One family of samples, as the tables of metrics declare it. */
export interface MetricDefinition {
  readonly type: "counter" | "gauge" | "histogram";
  /** What it says, in one sentence without a full stop. */
  readonly help: string;
  /** What tells its samples apart. Never what clients choose: the number of samples is bounded. */
  readonly labels: readonly string[];
}

export function counter<const L extends readonly string[]>(help: string, ...labels: L) {
  return { type: "counter", help, labels } as const;
}

export function gauge<const L extends readonly string[]>(help: string, ...labels: L) {
  return { type: "gauge", help, labels } as const;
}

export function histogram<const L extends readonly string[]>(help: string, ...labels: L) {
  return { type: "histogram", help, labels } as const;
}
