import { once } from "node:events";
import type { MethodName, NotificationName, Notifications, Params, Result } from "@sluice/protocol";
import { WebSocket } from "ws";
import { until } from "./until.js";

interface Pending {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

const ANSWER_TIMEOUT_MS = 5_000;

/** The JSON-RPC door as somebody else's client would speak to it: nothing but a WebSocket and JSON. */
export class RpcClient {
  readonly notifications: { readonly method: NotificationName; readonly params: unknown }[] = [];
  readonly #socket: WebSocket;
  readonly #pending = new Map<number, Pending>();
  #id = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => this.#handleMessage(String(data)));
    socket.on("close", (code, reason) => {
      for (const { reject } of this.#pending.values()) reject(new Error(`closed with ${code} ${reason}`));
      this.#pending.clear();
    });
  }

  /** @param url of the node, `ws://…` */
  static async open(url: string, token: string): Promise<RpcClient> {
    const socket = new WebSocket(`${url}/rpc?access_token=${token}`);
    const client = new RpcClient(socket);
    await once(socket, "open");
    return client;
  }

  request<M extends MethodName>(method: M, params: Params<M>): Promise<Result<M>> {
    this.#id += 1;
    const id = this.#id;
    this.#socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer to ${method}`)), ANSWER_TIMEOUT_MS);
      const settle =
        <T>(then: (value: T) => void) =>
        (value: T) => {
          clearTimeout(timer);
          then(value);
        };
      this.#pending.set(id, { resolve: settle(resolve), reject: settle(reject) });
    });
  }

  /** Waits for a notification, or finds one that has come already. */
  notified<N extends NotificationName>(
    method: N,
    isWanted: (params: Notifications[N]) => boolean = () => true,
    timeoutMs = 5_000,
  ): Promise<Notifications[N]> {
    return until(`notification ${method}`, timeoutMs, () => {
      const found = this.notifications.find((each) => each.method === method && isWanted(each.params as Notifications[N]));
      return found?.params as Notifications[N] | undefined;
    });
  }

  async close(): Promise<void> {
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    const closed = once(this.#socket, "close");
    this.#socket.close();
    await closed;
  }

  #handleMessage(text: string): void {
    const message = JSON.parse(text);
    if ("method" in message) {
      this.notifications.push({ method: message.method, params: message.params });
      return;
    }
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if ("error" in message) pending?.reject(new Error(`${message.error.data?.code}: ${message.error.message}`));
    else pending?.resolve(message.result as never);
  }
}
