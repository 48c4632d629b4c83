import { instant } from "@sluice/media";
import type { ScheduledNode } from "../scheduled-node.js";
import { Scheduler, type SchedulerOptions } from "../scheduler.js";

/** Idle, and alike in everything. */
export function idleNode(nodeId: string, changes: Partial<ScheduledNode> = {}): ScheduledNode {
  return { nodeId, region: "", state: "serving", isStale: false, cpuPercent: 0, streams: 0, ...changes };
}

export function schedulerOf(nodes: readonly ScheduledNode[], options: Partial<SchedulerOptions> = {}): Scheduler {
  const scheduler = new Scheduler(options);
  for (const node of nodes) scheduler.setNode(node, instant(0));
  return scheduler;
}
