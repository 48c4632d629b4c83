import type { ChildProcess } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { FromWorker, WorkerLoad, WorkerStatistics } from "@sluice/server/worker";

/** What the media workers of a node in this process have reported last, by process id. */
export class WorkerWatch {
  readonly loads = new Map<number, WorkerLoad>();
  readonly statistics = new Map<number, WorkerStatistics>();
  readonly #handleStart = (message: unknown) => this.#watch((message as { process: ChildProcess }).process);

  /** Sees the workers that are forked from now on. */
  constructor() {
    subscribe("child_process", this.#handleStart);
  }

  close(): void {
    unsubscribe("child_process", this.#handleStart);
  }

  /** Of all workers together. */
  drops(): Record<string, number> {
    const sums: Record<string, number> = {};
    for (const { drops } of this.statistics.values()) {
      for (const [cause, count] of Object.entries(drops)) sums[cause] = (sums[cause] ?? 0) + count;
    }
    return sums;
  }

  #watch(child: ChildProcess): void {
    child.on("message", (message: FromWorker) => {
      if (child.pid === undefined) return;
      if (message.type === "load") this.loads.set(child.pid, message);
      else if (message.type === "statistics") this.statistics.set(child.pid, message.statistics);
    });
  }
}
