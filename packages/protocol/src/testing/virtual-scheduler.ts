import type { Scheduler } from "../client/scheduler.js";

/** A clock that moves only when told to. Between two tasks every pending promise gets its turn. */
export class VirtualScheduler implements Scheduler {
  #nowMs = 0;
  #tasks: { readonly dueMs: number; readonly task: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, task: () => void): () => void {
    const entry = { dueMs: this.#nowMs + delayMs, task };
    this.#tasks.push(entry);
    return () => {
      this.#tasks = this.#tasks.filter((other) => other !== entry);
    };
  }

  random(): number {
    return 0.5;
  }

  async advance(byMs: number): Promise<void> {
    const endMs = this.#nowMs + byMs;
    await settle();
    for (;;) {
      const next = this.#tasks.toSorted((a, b) => a.dueMs - b.dueMs)[0];
      if (next === undefined || next.dueMs > endMs) break;
      this.#nowMs = next.dueMs;
      this.#tasks = this.#tasks.filter((other) => other !== next);
      next.task();
      await settle();
    }
    this.#nowMs = endMs;
  }
}

/** Lets every promise that can go on go on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}
