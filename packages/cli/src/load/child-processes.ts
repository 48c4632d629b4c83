import { type ChildProcess, fork } from "node:child_process";
import { SluiceError } from "@sluice/protocol";

export interface ChildListener<From> {
  handleMessage(message: From, index: number): void;
}

/** Several processes of one program that do the same at the same time, each its share. */
export class ChildProcesses<To, From extends { readonly type: string }> {
  readonly #children: readonly ChildProcess[];
  readonly #waiting = new Set<{
    readonly handle: (message: From, index: number) => void;
    readonly fail: (error: SluiceError) => void;
  }>();
  #failure: SluiceError | undefined;
  #isClosing = false;

  /** `program`: its built file. */
  constructor(program: string, count: number, listener: ChildListener<From>) {
    this.#children = Array.from({ length: count }, (_, index) => {
      const child = fork(program, { serialization: "advanced" });
      child.on("message", (message) => {
        // Both ends are the same program.
        const said = message as From;
        listener.handleMessage(said, index);
        for (const each of [...this.#waiting]) each.handle(said, index);
      });
      child.on("exit", (code, signal) => {
        if (this.#isClosing) return;
        this.#failure ??= new SluiceError("internal", `a process of the load ended with ${signal ?? code}`);
        for (const each of [...this.#waiting]) each.fail(this.#failure);
      });
      return child;
    });
  }

  get count(): number {
    return this.#children.length;
  }

  /** To each its own. */
  tell(message: (index: number) => To): void {
    for (const [index, child] of this.#children.entries()) if (child.connected) child.send(message(index) as object);
  }

  /** Resolves when each has said `type` once from now on; rejects with SluiceError when one has ended instead. */
  all(type: From["type"]): Promise<void> {
    const missing = new Set(this.#children.keys());
    return new Promise((resolve, reject) => {
      const waiter = {
        handle: (message: From, index: number) => {
          if (message.type !== type) return;
          missing.delete(index);
          if (missing.size > 0) return;
          this.#waiting.delete(waiter);
          resolve();
        },
        fail: (error: SluiceError) => {
          this.#waiting.delete(waiter);
          reject(error);
        },
      };
      this.#waiting.add(waiter);
      if (this.#failure !== undefined) waiter.fail(this.#failure);
    });
  }

  /** Waits for their end, which was asked for before; after `graceMs` it is not waited for. */
  async close(graceMs: number): Promise<void> {
    this.#isClosing = true;
    const running = this.#children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
    const timer = setTimeout(() => {
      for (const child of running) child.kill("SIGKILL");
    }, graceMs);
    await Promise.all(running.map((child) => new Promise((resolve) => child.once("exit", resolve))));
    clearTimeout(timer);
  }
}
