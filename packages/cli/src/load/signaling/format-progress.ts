import { formatMs } from "./format-signaling.js";
import type { SignalingPlan } from "./signaling-plan.js";
import type { SignalingResults } from "./signaling-results.js";
import type { SignalingProgress } from "./signaling-run.js";

/** Where a load is, in one line. */
export function formatProgress(
  plan: SignalingPlan,
  { step, isConnecting, measuredMs }: SignalingProgress,
  results: SignalingResults,
): string {
  const seconds = (ms: number) => Math.round(ms / 1_000);
  const { all, requestErrors, connectionErrors, connections } = results;
  const quantile = (at: number) => formatMs(all.count === 0 ? null : all.valueAt(at) / 1_000);
  return [
    ...(plan.steps.length > 1 ? [`step ${step + 1}/${plan.steps.length}`] : []),
    isConnecting ? "connecting" : `${seconds(measuredMs)}/${seconds(plan.durationMs)} s`,
    `${connections}/${plan.steps[step] ?? 0} connections`,
    `${all.count} answers`,
    `${requestErrors.total + connectionErrors.total} errors`,
    `p50 ${quantile(0.5)} p99 ${quantile(0.99)}`,
  ].join(" · ");
}
