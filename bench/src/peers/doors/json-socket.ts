import { once } from "node:events";
import { WebSocket } from "ws";

const ANSWER_TIMEOUT_MS = 15_000;

interface Pending {
  readonly isAnswer: (message: Record<string, unknown>) => boolean;
  readonly resolve: (message: Record<string, unknown>) => void;
  readonly reject: (error: Error) => void;
}

/** A WebSocket with a JSON object in each message, and requests that carry the name by which their answers know them. */
export class JsonSocket {
  readonly #socket: WebSocket;
  readonly #pending = new Map<string, Pending>();
  #requests = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => this.#handleMessage(JSON.parse(String(data))));
    socket.on("close", () => {
      for (const { reject } of this.#pending.values()) reject(new Error("the server closed the connection"));
    });
  }

  /** Rejects when nobody listens there. */
  static async open(url: string, protocol?: string): Promise<JsonSocket> {
    const socket = new WebSocket(url, protocol);
    await once(socket, "open");
    return new JsonSocket(socket);
  }

  /** The first message about this request that `isAnswer` takes. */
  request(
    message: Record<string, unknown>,
    isAnswer: (message: Record<string, unknown>) => boolean = () => true,
  ): Promise<Record<string, unknown>> {
    this.#requests += 1;
    const transaction = String(this.#requests);
    this.#socket.send(JSON.stringify({ ...message, transaction }));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(transaction);
        reject(new Error(`no answer to ${JSON.stringify(message).slice(0, 200)}`));
      }, ANSWER_TIMEOUT_MS);
      const settle =
        <T>(then: (value: T) => void) =>
        (value: T) => {
          clearTimeout(timer);
          this.#pending.delete(transaction);
          then(value);
        };
      this.#pending.set(transaction, { isAnswer, resolve: settle(resolve), reject: settle(reject) });
    });
  }

  close(): void {
    this.#socket.close();
  }

  #handleMessage(message: Record<string, unknown>): void {
    const pending = this.#pending.get(String(message.transaction));
    if (pending?.isAnswer(message) === true) pending.resolve(message);
  }
}
