import { METRIC_NAMES, METRICS } from "./metrics.js";

/** All metrics as a Markdown table: what docs/reference/metrics.md must hold, word for word. */
export function metricTable(): string {
  const rows = METRIC_NAMES.map((name) => {
    const { type, help, labels } = METRICS[name];
    return `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(" ")} | ${help} |`;
  });
  return ["| metric | type | labels | meaning |", "|---|---|---|---|", ...rows].join("\n");
}
