/** What the scheduler must know of a node. Whoever keeps the nodes' records makes these of them. */
export interface ScheduledNode {
  readonly nodeId: string;
  /** Where it stands, as its operator calls it; nodes without one have the same, "". */
  readonly region: string;
  readonly state: "serving" | "draining";
  /** Its record is older than it should be, so that nobody knows whether it still runs. */
  readonly isStale: boolean;
  /** Of all its cores, 0–100. */
  readonly cpuPercent: number;
  /** Producers and Consumers of its workers. */
  readonly streams: number;
  /** Round trip to it; undefined while nobody has measured it. */
  readonly latencyMs?: number | undefined;
  /** Share of packets lost on the way to it, 0–1; undefined while nobody has measured it. */
  readonly lossRatio?: number | undefined;
}

/** Above it a number of streams is an error of somebody's and no load: one absurd record would move the mean of all. */
export const MAX_NODE_STREAMS = 1_000_000;

/** Why a node gets no new keys. `unreadable`: its record has numbers that cannot be. */
export type Exclusion = "unreadable" | "stale" | "draining" | "cpuFull" | "streamsFull";

export interface FullLimits {
  /** From so much CPU on a node is full, per cent: where the cpu factor of the QoS weight would be 0 but for its floor. */
  readonly fullCpuPercent: number;
  /** From so many streams on a node is full. */
  readonly maxStreams: number;
}

/** `streams`: with what was placed there since its record. Undefined when it may be chosen. */
export function exclusionOf(node: ScheduledNode, streams: number, limits: FullLimits): Exclusion | undefined {
  if (!isReadable(node)) return "unreadable";
  if (node.isStale) return "stale";
  if (node.state !== "serving") return "draining";
  if (node.cpuPercent >= limits.fullCpuPercent) return "cpuFull";
  if (streams >= limits.maxStreams) return "streamsFull";
  return undefined;
}

function isReadable({ cpuPercent, streams }: ScheduledNode): boolean {
  return (
    Number.isFinite(cpuPercent) && cpuPercent >= 0 && Number.isInteger(streams) && streams >= 0 && streams <= MAX_NODE_STREAMS
  );
}
