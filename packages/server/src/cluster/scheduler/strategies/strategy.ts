/** By what a strategy judges a node. */
export interface NodeLoad {
  /** 0–100. */
  readonly cpuPercent: number;
  /** With what was placed there since its last report. */
  readonly streams: number;
}

/**
 * A score for each node, in their order: finite, 0 or more, and only their ratios count. A node's score never falls, and no other one's
 * rises, when that node has less CPU in use or fewer streams: the scheduler's promise that better is never worse rests on it.
 */
export type Strategy = (loads: readonly NodeLoad[]) => number[];
