import type { ScheduledNode } from "./scheduled-node.js";
import { normalise } from "./strategies/normalise.js";
import type { Strategy } from "./strategies/strategy.js";

/** No node gets new keys above so many times the mean (Mirrokni, Thorup, Zadimoghaddam: Consistent Hashing with Bounded Loads, 2018). */
export const LOAD_BOUND = 1.25;

/** A node that may be chosen, before it is seen beside others. */
export interface EligibleNode {
  readonly node: ScheduledNode;
  /** With what was placed there since its last report. */
  readonly streams: number;
  readonly qosWeight: number;
}

export interface Candidate extends EligibleNode {
  /** What the strategy says, beside the best of the group, 0–1. */
  readonly score: number;
  /** Share of the keys passing by that it takes, 0–1: score × QoS weight, beside the best of the group. */
  readonly acceptance: number;
  readonly isWithinBound: boolean;
}

/** Nodes among which one is chosen: those of a region, or all others. */
export interface CandidateGroup {
  readonly candidates: ReadonlyMap<string, Candidate>;
  readonly meanStreams: number;
  /** What a node may have at most with the newcomer's first stream; at least one node of the group has room below it. */
  readonly boundStreams: number;
}

export function gatherCandidates(nodes: readonly EligibleNode[], strategy: Strategy): CandidateGroup {
  const loads = nodes.map(({ node, streams }) => ({ cpuPercent: node.cpuPercent, streams }));
  const scores = normalise(strategy(loads));
  const acceptances = normalise(nodes.map(({ qosWeight }, index) => qosWeight * (scores[index] as number)));
  const total = nodes.reduce((sum, { streams }) => sum + streams, 0);
  // Rounded up: of 3 streams on 50 nodes, each may have one.
  const boundStreams = nodes.length === 0 ? 0 : Math.ceil((LOAD_BOUND * (total + 1)) / nodes.length);
  const candidates = new Map<string, Candidate>();
  for (const [index, { node, streams, qosWeight }] of nodes.entries()) {
    // Written out: this runs for every node after each placement, and a spread costs ten times as much.
    candidates.set(node.nodeId, {
      node,
      streams,
      qosWeight,
      score: scores[index] as number,
      acceptance: acceptances[index] as number,
      isWithinBound: streams + 1 <= boundStreams,
    });
  }
  return { candidates, meanStreams: nodes.length === 0 ? 0 : total / nodes.length, boundStreams };
}
