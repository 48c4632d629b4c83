import type { PeerRun } from "./run-peer.js";

/** What came of one peer with so many subscribers, in one round: a line of JSON. */
export interface PeerOutcome {
  readonly bench: "peers";
  readonly peer: string;
  readonly description: string;
  readonly subscribers: number;
  /** Absent when it failed. */
  readonly run?: PeerRun;
  readonly failure?: string;
}
