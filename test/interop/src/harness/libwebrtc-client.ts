import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Decoded, LibwebrtcOptions } from "./libwebrtc-peer.js";
import type { Question } from "./libwebrtc-process.js";

const PROGRAM = fileURLToPath(new URL("libwebrtc-process.js", import.meta.url));
const ANSWER_TIMEOUT_MS = 10_000;

/** libwebrtc as a client of the node, in a process of its own. One question at a time. */
export class LibwebrtcClient {
  readonly #child: ChildProcess;
  #waiting: { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void } | undefined;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on("message", ({ value }: { value: unknown }) => this.#waiting?.resolve(value));
    child.on("exit", (code, signal) => this.#waiting?.reject(new Error(`libwebrtc ended with ${code ?? signal}`)));
  }

  /** Resolves when its offer has been answered. */
  static async join(options: LibwebrtcOptions): Promise<LibwebrtcClient> {
    const client = new LibwebrtcClient(fork(PROGRAM, [JSON.stringify(options)], { serialization: "advanced" }));
    await client.#answer();
    return client;
  }

  async decoded(): Promise<Decoded> {
    return (await this.#ask("decoded")) as Decoded;
  }

  /** Its statistics of what it receives. */
  async inbound(): Promise<{ readonly packetsLost: number }[]> {
    return (await this.#ask("inbound")) as { packetsLost: number }[];
  }

  async leave(): Promise<void> {
    await this.#ask("leave");
    const exit = once(this.#child, "exit");
    this.#child.disconnect();
    await exit;
  }

  #ask(question: Question): Promise<unknown> {
    const answer = this.#answer();
    this.#child.send(question);
    return answer;
  }

  #answer(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("libwebrtc does not answer")), ANSWER_TIMEOUT_MS);
      const settle = (settled: () => void) => {
        clearTimeout(timer);
        this.#waiting = undefined;
        settled();
      };
      this.#waiting = {
        resolve: (value) => settle(() => resolve(value)),
        reject: (error) => settle(() => reject(error)),
      };
    });
  }
}
