import { JOIN_STAGES } from "./join-marks.js";
import type { JoinResult } from "./join-result.js";

const STAGE_NAMES: Readonly<Record<(typeof JOIN_STAGES)[number], string>> = {
  dialled: "dialled",
  joined: "joined",
  described: "description applied",
  iceConnected: "ICE connected",
  connected: "DTLS connected",
  decoded: "decoded",
  subscribed: "track told",
  received: "picture received",
  shown: "shown",
};

/** In Markdown: ms to the first decoded frame, and medians of the way there. */
export function joinTable(results: readonly JoinResult[]): string {
  const head = ["client", "runs", "p50", "p90", ...JOIN_STAGES.map((stage) => STAGE_NAMES[stage])];
  const rows = results.map(({ client, runs, p50Ms, p90Ms, stagesMs }) => [
    client,
    runs,
    `**${p50Ms} ms**`,
    `${p90Ms} ms`,
    ...JOIN_STAGES.map((stage) => stagesMs[stage]),
  ]);
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
