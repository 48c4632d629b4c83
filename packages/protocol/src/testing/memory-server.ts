import type { OpenSocket, SocketListener } from "../client/socket.js";
import { type ErrorCode, SluiceError } from "../error-code.js";
import { serializeError, serializeNotification } from "../json-rpc/serialize.js";
import type { MethodName, NotificationName, Notifications } from "../methods.js";

interface Call {
  readonly id: number;
  readonly method: MethodName;
  readonly params: Record<string, unknown>;
}

/** One socket as the server sees it. */
export interface ServerSocket {
  readonly url: string;
  readonly listener: SocketListener;
  /** The network is gone: nothing arrives any more, in either direction, and nobody is told. */
  cut: boolean;
}

/** A server in memory: remembers what it was asked, and answers as its test wants. */
export class MemoryServer {
  readonly sockets: ServerSocket[] = [];
  readonly calls: Call[] = [];
  /** Answers by method; a function that throws a SluiceError refuses. A method without one gets `{}`, `undefined` no answer. */
  readonly answers: Partial<Record<MethodName, (params: Record<string, unknown>) => unknown>> = {};
  /** False: the next sockets never open. */
  reachable = true;

  readonly openSocket: OpenSocket = (url, listener) => {
    const socket: ServerSocket = { url, listener, cut: false };
    this.sockets.push(socket);
    const { reachable } = this;
    soon(() => (reachable ? listener.handleOpen() : listener.handleClose(1006, "")));
    return {
      send: (text) => {
        if (!socket.cut) soon(() => this.#handleCall(socket, JSON.parse(text)));
      },
      close: () => listener.handleClose(1000, ""),
    };
  };

  callsOf(method: MethodName): Record<string, unknown>[] {
    return this.calls.filter((call) => call.method === method).map(({ params }) => params);
  }

  notify<N extends NotificationName>(method: N, params: Notifications[N]): void {
    this.sockets.at(-1)?.listener.handleMessage(serializeNotification(method, params));
  }

  /** Closes the newest socket from the server's side. */
  close(code: number): void {
    this.sockets.at(-1)?.listener.handleClose(code, "");
  }

  refuse(method: MethodName, code: ErrorCode): void {
    this.answers[method] = () => {
      throw new SluiceError(code, `${method} refused`);
    };
  }

  #handleCall(socket: ServerSocket, call: Call): void {
    if (socket.cut) return;
    this.calls.push(call);
    const { id, method, params } = call;
    let text: string;
    try {
      const result = this.answers[method]?.(params) ?? (method in this.answers ? undefined : {});
      if (result === undefined) return;
      text = JSON.stringify({ jsonrpc: "2.0", id, result });
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      text = serializeError(id, error);
    }
    soon(() => {
      if (!socket.cut) socket.listener.handleMessage(text);
    });
  }
}

/** In the next microtask, as a network would be later than the call. */
function soon(task: () => void): void {
  void Promise.resolve().then(task);
}
