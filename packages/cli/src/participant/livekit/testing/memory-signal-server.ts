import {
  JoinRequest,
  JoinResponse,
  ParticipantInfo,
  ParticipantInfo_State,
  Room,
  SignalRequest,
  SignalResponse,
  WrappedJoinRequest,
} from "@livekit/protocol";
import type { OpenSignalSocket, SignalSocketListener } from "../signal-socket.js";

type Response = SignalResponse["message"];

/** The server's side of a LiveKit door in memory: remembers what it was asked, and answers pings; a test says the rest. */
export class MemorySignalServer {
  /** What each socket asked to join for, in the order they came. */
  readonly joins: JoinRequest[] = [];
  readonly tokens: string[] = [];
  readonly requests: SignalRequest["message"][] = [];
  #listener: SignalSocketListener | undefined;

  readonly openSocket: OpenSignalSocket = (url, token, listener) => {
    const encoded = new URL(url).searchParams.get("join_request") ?? "";
    this.joins.push(JoinRequest.fromBinary(WrappedJoinRequest.fromBinary(Buffer.from(encoded, "base64url")).joinRequest));
    this.tokens.push(token);
    this.#listener = listener;
    void Promise.resolve().then(() => listener.handleOpen());
    return {
      send: (frame) => this.#handle(SignalRequest.fromBinary(Buffer.from(frame))),
      close: () => {
        if (this.#listener === listener) this.#listener = undefined;
      },
    };
  };

  /** To the newest socket. */
  say(message: Response): void {
    this.sayBytes(new SignalResponse({ message }).toBinary());
  }

  sayBytes(bytes: Uint8Array): void {
    this.#listener?.handleMessage(bytes);
  }

  /** Closes the newest socket. */
  drop(code = 1006, reason = ""): void {
    this.#listener?.handleClose(code, reason);
  }

  requestsOf<K extends SignalRequest["message"]["case"]>(kind: K) {
    type Message = Extract<SignalRequest["message"], { case: K }>;
    return this.requests
      .filter((request): request is Message => request.case === kind)
      .map(({ value }) => value as Message["value"]);
  }

  #handle({ message }: SignalRequest): void {
    this.requests.push(message);
    if (message.case === "ping") this.say({ case: "pong", value: 1n });
  }
}

/** "PA_ann" of "ann". */
export function member(identity: string, fields: ConstructorParameters<typeof ParticipantInfo>[0] = {}): ParticipantInfo {
  return new ParticipantInfo({ sid: `PA_${identity}`, identity, state: ParticipantInfo_State.ACTIVE, ...fields });
}

/** Of "ann" in the room "demo", with others. */
export function joinResponse(others: ParticipantInfo[] = [], own = member("ann")): Response {
  const room = new Room({ sid: "RM_1", name: "demo" });
  const value = new JoinResponse({ room, participant: own, otherParticipants: others, pingInterval: 5, pingTimeout: 15 });
  return { case: "join", value };
}
