import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import type { Answer, Call } from "./serve-parent.js";

const ANSWER_TIMEOUT_MS = 20_000;

type Methods<P> = { [M in keyof P as P[M] extends (...args: never[]) => unknown ? M : never]: P[M] };
type Method<P, M extends keyof Methods<P>> = Extract<Methods<P>[M], (...args: never[]) => unknown>;

/** A client of the node in a process of its own, for native libraries that crash or hang when their process ends as others do. */
export class ForkedPeer<P> {
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, { readonly resolve: (value: never) => void; readonly reject: (error: Error) => void }>();
  #id = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on("message", ({ id, value, error }: Answer) => {
      const pending = this.#pending.get(id);
      this.#pending.delete(id);
      if (error === undefined) pending?.resolve(value as never);
      else pending?.reject(new Error(error));
    });
    child.on("exit", (code, signal) => {
      for (const { reject } of this.#pending.values()) reject(new Error(`the peer's process ended with ${code ?? signal}`));
    });
  }

  /**
   * `program`: in this folder; it gets `options` as its first argument, in JSON. Resolves when the peer is in its room. It ends with the
   * test, whatever becomes of that: a process that is left keeps the test's own from ending.
   */
  static async fork<P>(t: TestContext, program: `${string}-process.js`, options: object): Promise<ForkedPeer<P>> {
    const path = fileURLToPath(new URL(program, import.meta.url));
    const peer = ForkedPeer.#start<P>(path, [JSON.stringify(options)]);
    t.after(() => peer.kill());
    await peer.#answer(0);
    return peer;
  }

  /** Outside of a test: `path` is the built program, and whoever forks it kills it. */
  static async forkProgram<P>(path: string): Promise<ForkedPeer<P>> {
    const peer = ForkedPeer.#start<P>(path, []);
    await peer.#answer(0);
    return peer;
  }

  static #start<P>(path: string, args: readonly string[]): ForkedPeer<P> {
    return new ForkedPeer<P>(fork(path, args, { serialization: "advanced" }));
  }

  /** Of its process. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  call<M extends keyof Methods<P>>(method: M, ...args: Parameters<Method<P, M>>): Promise<Awaited<ReturnType<Method<P, M>>>> {
    this.#id += 1;
    const answer = this.#answer<Awaited<ReturnType<Method<P, M>>>>(this.#id);
    this.#child.send({ id: this.#id, method: String(method), args } satisfies Call);
    return answer;
  }

  /** Stops it from doing anything at all, or lets it go on. */
  setFrozen(isFrozen: boolean): void {
    this.#child.kill(isFrozen ? "SIGSTOP" : "SIGCONT");
  }

  /** Ends the process at once. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exit;
  }

  #answer<T>(id: number): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("the peer's process does not answer")), ANSWER_TIMEOUT_MS);
      this.#pending.set(id, {
        resolve: (value) => {
          clearTimeout(timer);
          resolve(value);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
    });
  }
}
