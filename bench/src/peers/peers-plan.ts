/** Subscribers, and how fast the publisher sends. */
export interface PeersPlan {
  readonly subscribers: readonly number[];
  /** Forwarded packets a second, all subscribers together, from the least on; a peer that saturates is asked no further. */
  readonly forwardedPerSecond: readonly number[];
  /** Each rate is measured for so long. */
  readonly seconds: number;
  /** Of all peers in turns, after one that does not count. */
  readonly rounds: number;
}

export const FULL_PLAN: PeersPlan = {
  subscribers: [10, 50, 200],
  forwardedPerSecond: [5_000, 20_000, 40_000, 80_000],
  seconds: 2,
  rounds: 3,
};

export const QUICK_PLAN: PeersPlan = {
  subscribers: [10, 50],
  forwardedPerSecond: [5_000, 20_000],
  seconds: 2,
  rounds: 1,
};

/** Where less arrives, the peer (or the machine) is saturated. */
export const SATURATED_BELOW_PERCENT = 99;

/** The round that does not count: a short one. */
export function warmUpPlan(plan: PeersPlan): PeersPlan {
  return { subscribers: [10], forwardedPerSecond: plan.forwardedPerSecond.slice(0, 1), seconds: 1, rounds: 1 };
}
