/** One process in a quiet moment. */
export interface ProcessSample {
  /** "control", "worker 0", …, or "participants": our own side, in this process. */
  readonly name: string;
  /** What survives a full collection. */
  readonly liveHeapBytes: number;
  /** undefined where the system does not tell. */
  readonly residentBytes: number | undefined;
  /** Memory outside the heap that JavaScript objects hold. */
  readonly externalBytes: number;
  /** Open files and sockets; undefined where the system does not tell. */
  readonly descriptors: number | undefined;
  /** Packet slots that somebody holds. */
  readonly heldSlots: number | undefined;
}

/** Everything in a quiet moment: only the residents are there. */
export interface Sample {
  /** Since the soak began. */
  readonly atMs: number;
  readonly processes: readonly ProcessSample[];
}
