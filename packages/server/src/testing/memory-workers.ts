import type { MediaEvent } from "@sluice/media";
import type { ToWorker, WorkerStatistics } from "../worker/messages.js";
import { PlacementLoad } from "../worker/placement-load.js";
import type { ReadyWorker, WorkerListener, WorkerPool } from "../worker/worker-pool.js";

/** A worker that remembers what it was told and carries nothing. */
export class MemoryWorker implements ReadyWorker {
  readonly index: number;
  readonly fingerprint = { algorithm: "sha-256", value: `${"AB:".repeat(31)}AB` } as const;
  readonly candidates = [
    { foundation: "1", priority: 2_130_706_431, family: "IPv4", ip: "127.0.0.1", port: 7_882, type: "host" },
  ] as const;
  readonly packetPath = "memory";
  readonly commands: ToWorker[] = [];
  readonly load = new PlacementLoad();

  constructor(index: number) {
    this.index = index;
  }

  send(command: ToWorker): void {
    this.commands.push(command);
    this.load.handleCommand(command);
  }

  /** The commands of these types since the last look; all others are dropped. */
  take<T extends ToWorker["type"]>(...types: readonly T[]): Extract<ToWorker, { readonly type: T }>[] {
    const taken = this.commands.splice(0).filter((command) => types.includes(command.type as T));
    return taken as Extract<ToWorker, { readonly type: T }>[];
  }
}

/** The worker pool's twin in memory, for the session layer's tests. */
export class MemoryWorkers implements WorkerPool {
  readonly #ready: MemoryWorker[];
  listener: WorkerListener | undefined;

  constructor(count: number) {
    this.#ready = Array.from({ length: count }, (_, index) => new MemoryWorker(index));
  }

  get ready(): readonly MemoryWorker[] {
    return this.#ready;
  }

  pickWorker(): MemoryWorker | undefined {
    return [...this.#ready].sort((a, b) => a.load.compare(b.load))[0];
  }

  kill(worker: MemoryWorker): void {
    this.#ready.splice(this.#ready.indexOf(worker), 1);
    this.listener?.handleWorkerDied(worker);
  }

  start(): MemoryWorker {
    const worker = new MemoryWorker(this.#ready.length);
    this.#ready.push(worker);
    this.listener?.handleWorkerReady(worker);
    return worker;
  }

  report(worker: MemoryWorker, event: MediaEvent): void {
    this.listener?.handleMediaEvent(worker, event);
  }

  reportStatistics(worker: MemoryWorker, statistics: Omit<WorkerStatistics, "drops">): void {
    this.listener?.handleStatistics(worker, { drops: {}, ...statistics });
  }
}
