import { once } from "node:events";
import { gzipSync } from "node:zlib";
import {
  JoinRequest,
  Ping,
  SignalRequest,
  SignalResponse,
  WrappedJoinRequest,
  WrappedJoinRequest_Compression,
} from "@livekit/protocol";
import { WebSocket } from "ws";
import { until } from "./until.js";

type Message = SignalResponse["message"];
type Case = NonNullable<Message["case"]>;
type Value<C extends Case> = Extract<Message, { readonly case: C }>["value"];

const ANSWER_TIMEOUT_MS = 20_000;

/** A WebSocket at LiveKit's door that says whatever it is told to, and has no media. */
export class LiveKitSocket {
  readonly socket: WebSocket;
  closeCode: number | undefined;
  readonly #messages: Message[] = [];
  #pings = 0n;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data) => this.#messages.push(SignalResponse.fromBinary(data as Buffer).message));
    socket.on("close", (code) => {
      this.closeCode = code;
    });
    // A reset is a close, too.
    socket.on("error", () => undefined);
  }

  /** In its room: the join has come. */
  static async join(url: string, token: string): Promise<LiveKitSocket> {
    const client = new LiveKitSocket(new WebSocket(rtcUrl(url, token, joinRequest(new JoinRequest().toBinary()))));
    await once(client.socket, "open");
    await client.first("join");
    return client;
  }

  send(message: SignalRequest["message"]): void {
    this.socket.send(new SignalRequest({ message }).toBinary());
  }

  received<C extends Case>(wanted: C): Value<C>[] {
    return this.#messages.filter((message) => message.case === wanted).map(({ value }) => value as Value<C>);
  }

  first<C extends Case>(wanted: C): Promise<Value<C>> {
    return until(`${wanted} at the socket`, ANSWER_TIMEOUT_MS, () => this.received(wanted)[0] as never);
  }

  /** Resolves when everything sent before has been handled: with the close code if that ended the connection. */
  async settled(): Promise<number | undefined> {
    this.#pings += 1n;
    const timestamp = this.#pings;
    this.send({ case: "pingReq", value: new Ping({ timestamp }) });
    const isAnswered = () => this.received("pongResp").some(({ lastPingTimestamp }) => lastPingTimestamp === timestamp);
    await until("answer to a ping", ANSWER_TIMEOUT_MS, () => this.closeCode !== undefined || isAnswered());
    return this.closeCode;
  }

  close(): void {
    this.socket.terminate();
  }
}

/** As it goes into the URL. `bytes`: a JoinRequest, or what is to be taken for one. */
export function joinRequest(bytes: Uint8Array): string {
  const wrapped = new WrappedJoinRequest({ compression: WrappedJoinRequest_Compression.GZIP, joinRequest: gzipSync(bytes) });
  return Buffer.from(wrapped.toBinary()).toString("base64url");
}

/** The HTTP status an upgrade at `/rtc/v1` is answered with: 101 when it is granted. */
export async function rtcStatus(url: string, token: string, request: string): Promise<number> {
  const socket = new WebSocket(rtcUrl(url, token, request));
  return new Promise((resolve, reject) => {
    socket.on("unexpected-response", (upgrade, response) => {
      resolve(response.statusCode ?? 0);
      upgrade.destroy();
    });
    socket.on("open", () => {
      resolve(101);
      socket.terminate();
    });
    socket.on("error", reject);
  });
}

function rtcUrl(url: string, token: string, request: string): string {
  return `${url.replace(/^http/, "ws")}/rtc/v1?${new URLSearchParams({ access_token: token, join_request: request })}`;
}
