import type { Exclusion } from "./scheduled-node.js";
import type { StrategyName } from "./strategies/strategies.js";

export interface SchedulingRequest {
  /** What is to be placed: a room's name, or whatever else is to come to the same node each time. */
  readonly key: string;
  /** Whose nodes are asked first; undefined when it does not matter. */
  readonly region?: string | undefined;
  /** Nodes on which the key is already, as the registry has it. */
  readonly placedOn?: readonly string[] | undefined;
}

/**
 * Why a node was chosen. `placed`: the key is there already. `accepted`: the first on the ring that took it. `leftOver`: nobody
 * took it, so it goes to the first on the ring that is within the bound.
 */
export type ChoiceReason = "placed" | "accepted" | "leftOver";

/** Among which nodes was chosen: those of the region asked for, those of others because that had none, or all. */
export type GroupName = "ownRegion" | "elsewhere" | "all";

export interface Choice {
  readonly nodeId: string;
  readonly because: ChoiceReason;
  readonly from: GroupName;
}

/** What became of a node that might have been chosen. `passedOver`: no draw of it was below its acceptance. */
export type CandidateOutcome = "chosen" | "overBound" | "passedOver" | "notReached";

export interface ExplainedCandidate {
  readonly nodeId: string;
  readonly region: string;
  readonly cpuPercent: number;
  readonly streams: number;
  /** Of the strategy, beside the best candidate, 0–1. */
  readonly score: number;
  /** 0.3–1.2. */
  readonly qosWeight: number;
  /** Score × QoS weight, beside the best candidate, 0–1. */
  readonly acceptance: number;
  /** The lowest of what it drew each time the key came by, 0–1: it takes the key when that is below `acceptance`. Undefined: never asked. */
  readonly lowestDraw: number | undefined;
  readonly outcome: CandidateOutcome;
}

export interface ExplainedExclusion {
  readonly nodeId: string;
  readonly region: string;
  /** `otherRegion`: it might have been chosen if the region asked for had no node. */
  readonly why: Exclusion | "otherRegion";
}

/** A choice with everything it was made of: plain data, for logs and for `sluice topology`. */
export interface SchedulingDecision {
  readonly key: string;
  readonly region: string | undefined;
  readonly strategy: StrategyName;
  /** Undefined when there is no node to choose. */
  readonly choice: Choice | undefined;
  /** Of the candidates; 0 without any. */
  readonly meanStreams: number;
  readonly boundStreams: number;
  /** In the order in which the ring comes by them. */
  readonly candidates: readonly ExplainedCandidate[];
  /** In the order of their ids. */
  readonly excluded: readonly ExplainedExclusion[];
}
