import type { SchedulerResult } from "./scheduler-result.js";

const HEAD = [
  "chosen by",
  "after",
  "streams max / mean",
  "p99 / mean",
  "hottest CPU",
  "keys moved",
  "of live nodes",
  "found without a table",
  "lookups/s",
];

/** In Markdown. */
export function schedulerTable(results: readonly SchedulerResult[]): string {
  const rows = results.map((result) => [
    result.placer,
    result.after,
    `**${result.maxToMean.toFixed(2)}**`,
    result.p99ToMean.toFixed(2),
    `${result.hottestCpuPercent} %`,
    result.keysMoved.toLocaleString("en-US"),
    result.keysMovedNeedlessly.toLocaleString("en-US"),
    `${result.foundWithoutTablePercent} %`,
    result.lookupsPerSecond.toLocaleString("en-US"),
  ]);
  return [HEAD, HEAD.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
