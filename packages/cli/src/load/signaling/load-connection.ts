import {
  JsonRpcClient,
  type MethodName,
  type Notification,
  type Params,
  type Result,
  SluiceError,
  socketError,
} from "@sluice/protocol";
import { type FrameSocket, openFrameSocket } from "../../participant/node-socket.js";

export interface LoadConnectionListener {
  handleOpen(): void;
  handleNotification(notification: Notification): void;
  /** Exactly once; every request without an answer is rejected with the same. */
  handleClosed(error: SluiceError): void;
}

/** One WebSocket to the JSON-RPC door, with headers of one's own and nothing that comes back by itself. */
export class LoadConnection {
  readonly #listener: LoadConnectionListener;
  readonly #socket: FrameSocket;
  readonly #client: JsonRpcClient;
  #isClosed = false;

  constructor(url: string, headers: Readonly<Record<string, string>>, listener: LoadConnectionListener) {
    this.#listener = listener;
    this.#client = new JsonRpcClient(
      (text) => this.#socket.send(text),
      (notification) => listener.handleNotification(notification),
    );
    this.#socket = openFrameSocket(url, headers, {
      handleOpen: () => listener.handleOpen(),
      handleText: (text) => this.#client.handleMessage(text),
      handleBytes: () => {},
      handleClose: (code, reason) => this.#end(socketError(url, code, reason)),
    });
  }

  /** Rejects with a SluiceError. */
  request<M extends MethodName>(method: M, params: Params<M>): Promise<Result<M>> {
    return this.#client.request(method, params);
  }

  close(error: SluiceError): void {
    this.#socket.close();
    this.#end(error);
  }

  /** The participant is gone at once, not when the server has waited for it to come back. */
  leave(): void {
    const error = new SluiceError("unavailable", "this side has left");
    // Its answer is not waited for: the same order holds for the close frame behind it.
    this.#client.request("leave", {}).catch(() => {});
    this.close(error);
  }

  #end(error: SluiceError): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#client.close(error);
    this.#listener.handleClosed(error);
  }
}
