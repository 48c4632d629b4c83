import type { Fingerprint, IceCandidate, MediaEvent } from "@sluice/media";
import type { ToWorker } from "./messages.js";
import type { WorkerStatistics } from "./worker-statistics.js";

/** One media worker process that is ready. A worker that replaces a dead one is another ReadyWorker. */
export interface ReadyWorker {
  readonly index: number;
  readonly fingerprint: Fingerprint;
  /** Host candidates, best first. */
  readonly candidates: readonly IceCandidate[];
  /** Where the node's other workers reach it. */
  readonly localCandidates: readonly IceCandidate[];
  /** One line for the log. */
  readonly packetPath: string;
  send(command: ToWorker): void;
}

/** The session layer's view of the media workers. */
export interface WorkerPool {
  /** The least loaded ready worker; undefined when none is ready. */
  pickWorker(): ReadyWorker | undefined;
}

/** What the pool reports. `worker` is compared by identity: events of a worker that has died since are of no interest. */
export interface WorkerListener {
  handleWorkerReady(worker: ReadyWorker): void;
  handleWorkerDied(worker: ReadyWorker): void;
  handleMediaEvent(worker: ReadyWorker, event: MediaEvent): void;
  handleStatistics(worker: ReadyWorker, statistics: WorkerStatistics): void;
}
