import type { MediaEvent } from "@sluice/media";
import type { ToWorker } from "../worker/messages.js";
import { PlacementLoad } from "../worker/placement-load.js";
import type { ReadyWorker, WorkerListener, WorkerPool } from "../worker/worker-pool.js";
import {
  CONSUMER_COLUMNS,
  type ConsumerRow,
  LAYER_COLUMNS,
  PRODUCER_COLUMNS,
  type ProducerRow,
  type Row,
  TRANSPORT_COLUMNS,
  type TransportRow,
  writeTable,
} from "../worker/worker-statistics.js";

/** A worker that remembers what it was told and carries nothing. */
export class MemoryWorker implements ReadyWorker {
  readonly index: number;
  readonly fingerprint = { algorithm: "sha-256", value: `${"AB:".repeat(31)}AB` } as const;
  readonly candidates = [
    { foundation: "1", priority: 2_130_706_431, family: "IPv4", ip: "127.0.0.1", port: 7_882, type: "host" },
  ] as const;
  readonly localCandidates = this.candidates;
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

  /** What is left out is 0. Every Producer has one layer of 1 Mbit/s. */
  reportStatistics(worker: MemoryWorker, atMs: number, rows: ReportedRows): void {
    const producers = (rows.producers ?? []).map((row) => fill(PRODUCER_COLUMNS, row));
    this.listener?.handleStatistics(worker, {
      atMs,
      drops: {},
      producers: writeTable(PRODUCER_COLUMNS, producers),
      layers: writeTable(
        LAYER_COLUMNS,
        producers.map((_, producer) => ({ id: "", producer, bitrateBps: 1_000_000, isActive: 1 })),
      ),
      consumers: writeTable(
        CONSUMER_COLUMNS,
        (rows.consumers ?? []).map((row) => fill(CONSUMER_COLUMNS, row)),
      ),
      transports: writeTable(
        TRANSPORT_COLUMNS,
        (rows.transports ?? []).map((row) => fill(TRANSPORT_COLUMNS, row)),
      ),
    });
  }
}

/** Rows of what a worker counted, as far as a test cares. */
export interface ReportedRows {
  readonly producers?: readonly Reported<ProducerRow>[];
  readonly consumers?: readonly Reported<ConsumerRow>[];
  readonly transports?: readonly Reported<TransportRow>[];
}

type Reported<R extends { readonly id: string }> = Pick<R, "id"> & Partial<R>;

function fill<C extends readonly string[]>(columns: C, row: { readonly id: string } & Partial<Row<C>>): Row<C> {
  return { ...Object.fromEntries(columns.map((column) => [column, 0])), ...row } as Row<C>;
}
