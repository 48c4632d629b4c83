import { gzipSync } from "node:zlib";
import {
  JoinRequest,
  SignalRequest,
  SignalResponse,
  WrappedJoinRequest,
  WrappedJoinRequest_Compression,
} from "@livekit/protocol";
import { type ClientOptions, WebSocket } from "ws";

type Request = NonNullable<SignalRequest["message"]>;
type Response = SignalResponse["message"];
type ResponseCase = NonNullable<Response["case"]>;
/** What the message of one case carries. */
type ResponseValue<C extends ResponseCase> = NonNullable<Extract<Response, { readonly case: C }>["value"]>;

/** A client of LiveKit's without media: real frames over a real WebSocket. */
export class LiveKitClient {
  readonly socket: WebSocket;
  readonly closed: Promise<number>;
  readonly #received: Response[] = [];
  #wake = () => {};

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once("close", (code) => resolve(code)));
    socket.on("message", (data, isBinary) => {
      const bytes = data as Buffer;
      const response = isBinary ? SignalResponse.fromBinary(bytes) : SignalResponse.fromJsonString(bytes.toString());
      this.#received.push(response.message);
      this.#wake();
    });
    socket.once("close", () => this.#wake());
  }

  /** Rejects with the status when the upgrade is refused. `path` with a query, for example "/rtc?auto_subscribe=0". */
  static async open(url: string, path: string, token: string, options: ClientOptions = {}): Promise<LiveKitClient> {
    const separator = path.includes("?") ? "&" : "?";
    const socket = new WebSocket(`${url.replace(/^http/, "ws")}${path}${separator}access_token=${token}`, options);
    const client = new LiveKitClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("unexpected-response", (_request, response) => {
        reject(Object.assign(new Error(`refused with ${response.statusCode}`), { status: response.statusCode }));
        socket.terminate();
      });
      socket.once("error", reject);
    });
    return client;
  }

  /** `/rtc/v1` with a packed join request. */
  static single(
    url: string,
    token: string,
    request: JoinRequest = new JoinRequest(),
    options: ClientOptions = {},
  ): Promise<LiveKitClient> {
    return LiveKitClient.open(url, `/rtc/v1?join_request=${wrap(request)}`, token, options);
  }

  send(message: Request): void {
    this.socket.send(new SignalRequest({ message }).toBinary());
  }

  /** The next message of this case; those before it are dropped. Rejects when the connection ends without one. */
  async next<C extends ResponseCase>(wanted: C): Promise<ResponseValue<C>> {
    for (;;) {
      const at = this.#received.findIndex((message) => message.case === wanted);
      if (at >= 0) {
        const [message] = this.#received.splice(0, at + 1).slice(-1);
        return message?.value as unknown as ResponseValue<C>;
      }
      await this.#more(wanted);
    }
  }

  /** The next message, whatever it is. Rejects when the connection ends without one. */
  async take(): Promise<Response> {
    for (;;) {
      const message = this.#received.shift();
      if (message !== undefined) return message;
      await this.#more("a message");
    }
  }

  /** Cases of what has come and was not taken, in order. */
  get waiting(): readonly (string | undefined)[] {
    return this.#received.map((message) => message.case);
  }

  async #more(wanted: string): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) throw new Error(`the connection ended without ${wanted}`);
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }
}

export function wrap(request: JoinRequest): string {
  const joinRequest = gzipSync(request.toBinary());
  const wrapped = new WrappedJoinRequest({ compression: WrappedJoinRequest_Compression.GZIP, joinRequest });
  return Buffer.from(wrapped.toBinary()).toString("base64url");
}
