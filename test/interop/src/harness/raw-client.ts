import { once } from "node:events";
import { type ClientOptions, WebSocket } from "ws";
import { until } from "./until.js";

/** One message of the server, parsed no further than JSON. */
export interface RawMessage {
  readonly id?: unknown;
  readonly method?: string;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: { readonly code?: string } };
}

/** A WebSocket at the door that says whatever it is told to. */
export class RawClient {
  /** Answers and notifications, batches taken apart. */
  readonly messages: RawMessage[] = [];
  closeCode: number | undefined;
  readonly #socket: WebSocket;
  #pings = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => this.messages.push(...[JSON.parse(String(data))].flat()));
    socket.on("close", (code) => {
      this.closeCode = code;
    });
    // A reset is a close, too.
    socket.on("error", () => undefined);
  }

  static async open(url: string, token: string): Promise<RawClient> {
    const socket = new WebSocket(rpcUrl(url, token));
    const client = new RawClient(socket);
    await once(socket, "open");
    return client;
  }

  send(data: string | Buffer): void {
    this.#socket.send(data);
  }

  /** Resolves when everything sent before has been handled: with the close code if that ended the connection. */
  async settled(): Promise<number | undefined> {
    this.#pings += 1;
    const id = `settled-${this.#pings}`;
    this.send(JSON.stringify({ jsonrpc: "2.0", id, method: "ping", params: {} }));
    await until(
      "answer to a ping",
      10_000,
      () => this.closeCode !== undefined || this.messages.some((message) => message.id === id),
    );
    return this.closeCode;
  }

  close(): void {
    this.#socket.terminate();
  }
}

/** The HTTP status an upgrade is answered with: 101 when it is granted. */
export async function upgradeStatus(url: string, token: string | undefined, options: ClientOptions = {}): Promise<number> {
  const socket = new WebSocket(token === undefined ? `${url}/rpc` : rpcUrl(url, token), options);
  return new Promise((resolve, reject) => {
    socket.on("unexpected-response", (request, response) => {
      resolve(response.statusCode ?? 0);
      request.destroy();
    });
    socket.on("open", () => {
      resolve(101);
      socket.terminate();
    });
    socket.on("error", reject);
  });
}

function rpcUrl(url: string, token: string): string {
  return `${url}/rpc?${new URLSearchParams({ access_token: token })}`;
}
