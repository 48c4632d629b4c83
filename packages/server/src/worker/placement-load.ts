import type { ToWorker, WorkerLoad } from "./messages.js";

const OPENING: ReadonlySet<ToWorker["type"]> = new Set<ToWorker["type"]>(["openProducer", "copyProducer", "openConsumer"]);

/**
 * How busy a worker is, for placing rooms: its last report, and what it was told to open since, because a second is long when
 * a hundred rooms begin at once.
 */
export class PlacementLoad {
  #streams = 0;
  #cpu = 0;
  readonly #routers = new Set<string>();
  #report: WorkerLoad | undefined;

  /** The last one; undefined before the first. */
  get report(): WorkerLoad | undefined {
    return this.#report;
  }

  handleLoad(report: WorkerLoad): void {
    this.#report = report;
    this.#streams = report.producers + report.consumers;
    this.#cpu = report.cpu;
  }

  handleCommand(command: ToWorker): void {
    if (OPENING.has(command.type)) this.#streams += 1;
    else if (command.type === "openRouter") this.#routers.add(command.routerId);
    else if (command.type === "closeRouter") this.#routers.delete(command.routerId);
  }

  /** Negative when this one is less loaded: fewer Producers and Consumers, then fewer Routers, then less CPU. */
  compare(other: PlacementLoad): number {
    return this.#streams - other.#streams || this.#routers.size - other.#routers.size || this.#cpu - other.#cpu;
  }
}
