import { SluiceError } from "../error-code.js";
import type { Notification, ServerMessage } from "../json-rpc/message.js";
import { parseServerMessages } from "../json-rpc/parse-server-message.js";
import { serializeRequest } from "../json-rpc/serialize.js";
import type { MethodName, Params, Result } from "../methods.js";
import { parseResult } from "../server-messages.js";

interface PendingRequest {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** JSON-RPC 2.0 over one connection, the client's side: matches answers to requests. Does no I/O. */
export class JsonRpcClient {
  readonly #send: (text: string) => void;
  readonly #handleNotification: (notification: Notification) => void;
  readonly #pending = new Map<unknown, PendingRequest>();
  #nextId = 1;
  #closed: SluiceError | undefined;

  constructor(send: (text: string) => void, handleNotification: (notification: Notification) => void) {
    this.#send = send;
    this.#handleNotification = handleNotification;
  }

  /** Rejects with a SluiceError: the server's, or the one given to {@link close}. */
  async request<M extends MethodName>(method: M, params: Params<M>): Promise<Result<M>> {
    if (this.#closed !== undefined) throw this.#closed;
    const id = this.#nextId++;
    const answer = new Promise<unknown>((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    this.#send(serializeRequest(id, method, params));
    const result = await answer;
    try {
      return parseResult(method, result);
    } catch (cause) {
      throw new SluiceError("internal", `the server's answer to ${method} breaks the contract`, { cause });
    }
  }

  /** Takes one text of the server; what cannot be understood is ignored. */
  handleMessage(text: string): void {
    for (const message of parseServerMessages(text)) this.#handle(message);
  }

  /** Rejects everything pending, and everything asked for later. */
  close(error: SluiceError): void {
    this.#closed ??= error;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(error);
  }

  #handle(message: ServerMessage): void {
    if (message.type === "notification") {
      this.#handleNotification(message.notification);
      return;
    }
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.type === "result") pending?.resolve(message.result);
    else pending?.reject(message.error);
  }
}
