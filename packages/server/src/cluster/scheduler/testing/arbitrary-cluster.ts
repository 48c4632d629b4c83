import { instant } from "@sluice/media";
import fc from "fast-check";
import type { ScheduledNode } from "../scheduled-node.js";
import { Scheduler, type SchedulerOptions } from "../scheduler.js";
import { STRATEGIES, type StrategyName } from "../strategies/strategies.js";

export const REGIONS = ["", "eu", "us"] as const;

export const arbitraryStrategy = fc.constantFrom(...(Object.keys(STRATEGIES) as StrategyName[]));
export const arbitraryRegion = fc.constantFrom(undefined, "nowhere", ...REGIONS);
export const arbitraryKeys = fc.array(fc.string(), { minLength: 5, maxLength: 40 });

/** Mostly nodes as they are, and some as they never should be. */
const arbitraryNode: fc.Arbitrary<ScheduledNode> = fc.record({
  nodeId: fc.stringMatching(/^node-\d{1,4}$/),
  region: fc.constantFrom(...REGIONS),
  state: fc.constantFrom("serving", "serving", "serving", "draining"),
  isStale: fc.constantFrom(false, false, false, true),
  cpuPercent: fc.oneof({ weight: 9, arbitrary: fc.double({ min: 0, max: 100, noNaN: true }) }, fc.double()),
  streams: fc.oneof({ weight: 9, arbitrary: fc.nat({ max: 2_000 }) }, fc.double()),
  latencyMs: fc.option(fc.double({ min: -10, max: 1_000 }), { nil: undefined }),
  lossRatio: fc.option(fc.double({ min: -0.1, max: 1.1 }), { nil: undefined }),
});

export const arbitraryCluster = fc.uniqueArray(arbitraryNode, { selector: ({ nodeId }) => nodeId, maxLength: 12 });

/** Idle, and alike in everything. */
export function idleNode(nodeId: string, changes: Partial<ScheduledNode> = {}): ScheduledNode {
  return { nodeId, region: "", state: "serving", isStale: false, cpuPercent: 0, streams: 0, ...changes };
}

export function schedulerOf(nodes: readonly ScheduledNode[], options: Partial<SchedulerOptions> = {}): Scheduler {
  const scheduler = new Scheduler(options);
  for (const node of nodes) scheduler.setNode(node, instant(0));
  return scheduler;
}
