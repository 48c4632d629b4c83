import { once } from "node:events";
import {
  type MethodName,
  type NotificationName,
  type Notifications,
  type Params,
  parseResult,
  parseServerMessages,
  type Result,
  type ServerMessage,
  serializeRequest,
} from "@sluice/protocol";
import { type ClientOptions, WebSocket } from "ws";

/** A client of the JSON-RPC door for tests: what comes is queued until it is asked for, in order. */
export class WebSocketClient {
  readonly socket: WebSocket;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly #queue: string[] = [];
  #wake: (() => void) | undefined;
  #nextId = 1;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => {
      socket.once("close", (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    socket.on("message", (data: Buffer) => {
      this.#queue.push(data.toString());
      this.#wake?.();
    });
    socket.on("close", () => this.#wake?.());
    socket.on("error", () => undefined);
  }

  /** `url`: of the node, http or https. Rejects with what the server said when the upgrade is refused. */
  static async open(url: string, token: string, options: ClientOptions = {}): Promise<WebSocketClient> {
    const socket = new WebSocket(`${url.replace(/^http/, "ws")}/rpc?access_token=${token}`, options);
    const client = new WebSocketClient(socket);
    await once(socket, "open");
    return client;
  }

  /** The next text from the server, whatever it is. Rejects when the connection ends first. */
  async nextText(): Promise<string> {
    for (;;) {
      const text = this.#queue.shift();
      if (text !== undefined) return text;
      if (this.socket.readyState === WebSocket.CLOSED) throw new Error("the connection has ended");
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async nextMessage(): Promise<ServerMessage> {
    for (;;) {
      const [message] = parseServerMessages(await this.nextText());
      if (message !== undefined) return message;
    }
  }

  /** Throws the SluiceError it was refused with. What comes before the answer is dropped. */
  async request<M extends MethodName>(method: M, params: Params<M>): Promise<Result<M>> {
    const id = this.#nextId++;
    this.socket.send(serializeRequest(id, method, params));
    for (;;) {
      const message = await this.nextMessage();
      if (message.type === "notification" || message.id !== id) continue;
      if (message.type === "error") throw message.error;
      return parseResult(method, message.result);
    }
  }

  /** Parameters of the next notification of this name; others before it are dropped. */
  async next<N extends NotificationName>(method: N): Promise<Notifications[N]> {
    for (;;) {
      const message = await this.nextMessage();
      if (message.type === "notification" && message.notification.method === method) {
        return message.notification.params as Notifications[N];
      }
    }
  }
}
