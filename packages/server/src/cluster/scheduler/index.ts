export { HashRing, RING } from "../ring/hash-ring.js";
export { LOAD_BOUND } from "./candidate-group.js";
export { QosMeter, type QosReadings } from "./qos-meter.js";
export { type Exclusion, MAX_NODE_STREAMS, type ScheduledNode } from "./scheduled-node.js";
export { SCHEDULER_DEFAULTS, Scheduler, type SchedulerCounts, type SchedulerOptions } from "./scheduler.js";
export type {
  CandidateOutcome,
  Choice,
  ChoiceReason,
  ExplainedCandidate,
  ExplainedExclusion,
  GroupName,
  SchedulingDecision,
  SchedulingRequest,
} from "./scheduling-decision.js";
export { STRATEGIES, type StrategyName } from "./strategies/strategies.js";
