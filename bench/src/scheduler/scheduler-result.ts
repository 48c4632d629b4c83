/** One way of choosing nodes, after one thing that happened to the cluster. */
export interface SchedulerResult {
  readonly bench: "scheduler";
  readonly placer: string;
  readonly after: string;
  readonly nodes: number;
  readonly rooms: number;
  /** Streams of the node with the most, by the mean. */
  readonly maxToMean: number;
  /** Of nodes, interpolated. */
  readonly p99ToMean: number;
  readonly hottestCpuPercent: number;
  readonly keysMoved: number;
  /** Of those, the ones whose node was still there. */
  readonly keysMovedNeedlessly: number;
  /** How many rooms somebody without a table of them would look for on the right node. */
  readonly foundWithoutTablePercent: number;
  readonly lookupsPerSecond: number;
}
