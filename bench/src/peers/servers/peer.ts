import type { DoorAddress } from "../doors/peer-door.js";

/** A system that forwards media, beside which ours is measured. */
export interface Peer {
  /** As the table calls it. */
  readonly name: string;
  /** What it is, and how it is set up. */
  readonly description: string;
  /** Afresh, with an empty room. Rejects when it does not start. */
  start(): Promise<RunningPeer>;
}

export interface RunningPeer {
  /** Its processes are this one and all that come from it. */
  readonly pid: number;
  readonly address: DoorAddress;
  close(): Promise<void>;
}
