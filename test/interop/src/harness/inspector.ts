import { once } from "node:events";
import { WebSocket } from "ws";

/** Environment for a Node process and its children under which each opens an inspector on a free port and says so on stderr. */
export const INSPECTED = { NODE_OPTIONS: "--inspect=127.0.0.1:0" } as const;

/** The addresses of all inspectors that processes have told of on stderr, in that order. */
export function inspectorUrls(stderr: string): string[] {
  return [...stderr.matchAll(/Debugger listening on (ws:\S+)/g)].map(([, url = ""]) => url);
}

/** Looks into the heap of another Node process (Chrome DevTools Protocol). */
export class Inspector {
  readonly #socket: WebSocket;
  #id = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  static async open(url: string): Promise<Inspector> {
    const socket = new WebSocket(url);
    await once(socket, "open");
    return new Inspector(socket);
  }

  /** Process id. */
  async pid(): Promise<number> {
    const { result } = await this.#call<{ result: { value: number } }>("Runtime.evaluate", { expression: "process.pid" });
    return result.value;
  }

  /** Bytes that survive a full garbage collection: JavaScript objects, and the ArrayBuffers they hold. */
  async liveHeapBytes(): Promise<number> {
    await this.#call("HeapProfiler.collectGarbage");
    const { usedSize } = await this.#call<{ usedSize: number }>("Runtime.getHeapUsage");
    return usedSize;
  }

  close(): void {
    this.#socket.close();
  }

  async #call<T>(method: string, params: object = {}): Promise<T> {
    this.#id += 1;
    const id = this.#id;
    this.#socket.send(JSON.stringify({ id, method, params }));
    for (;;) {
      const [data] = await once(this.#socket, "message");
      const message = JSON.parse(String(data));
      if (message.id === id) return message.result;
    }
  }
}
