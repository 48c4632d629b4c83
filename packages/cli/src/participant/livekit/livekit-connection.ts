import {
  AddTrackRequest,
  DisconnectReason,
  LeaveRequest,
  LeaveRequest_Action,
  MuteTrackRequest,
  Ping,
  type RequestResponse,
  RequestResponse_Reason,
  SessionDescription,
  SignalRequest,
  SignalResponse,
  SignalTarget,
  SyncState,
  TrickleRequest,
  UpdateSubscription,
  UpdateTrackSettings,
  VideoLayer,
  VideoQuality,
} from "@livekit/protocol";
import {
  type DialRequest,
  type ErrorCode,
  type MethodName,
  type Params,
  type Result,
  type SignalingConnection,
  type SignalingConnectionListener,
  SluiceError,
  socketError,
} from "@sluice/protocol";
import type { FrameSocket } from "../node-socket.js";
import { liveKitSource, liveKitType, trackInfo } from "./infos.js";
import { joinUrl } from "./join-url.js";
import { leaveReason } from "./leave-reason.js";
import type { LiveKitSession } from "./livekit-session.js";
import { PendingAnswers } from "./pending-answers.js";
import { answeredTracks, notificationsOf } from "./responses.js";
import type { OpenSignalSocket } from "./signal-socket.js";

type RequestKind = NonNullable<SignalRequest["message"]["case"]>;
type RequestValue<K extends RequestKind> = Extract<SignalRequest["message"], { case: K }>["value"];
type MethodTable = { readonly [M in MethodName]?: (params: Params<M>) => Promise<Result<M>> };

/** One WebSocket to a LiveKit door (`/rtc/v1`): methods become requests, responses become answers and notifications. */
export class LiveKitConnection implements SignalingConnection {
  readonly #session: LiveKitSession;
  readonly #autoSubscribe: boolean;
  readonly #listener: SignalingConnectionListener;
  readonly #socket: FrameSocket;
  readonly #joins = new PendingAnswers<"join", Result<"join">>();
  /** By the offer's id. */
  readonly #offers = new PendingAnswers<number, Result<"offer">>();
  /** By cid. */
  readonly #publications = new PendingAnswers<string, Result<"publish">>();
  readonly #pings = new PendingAnswers<"ping", Result<"ping">>();
  #hasJoined = false;
  #offerId = 0;
  #closed: SluiceError | undefined;

  constructor(
    session: LiveKitSession,
    request: DialRequest,
    listener: SignalingConnectionListener,
    openSocket: OpenSignalSocket,
  ) {
    const { url, token, autoSubscribe, resume } = request;
    this.#session = session;
    this.#autoSubscribe = autoSubscribe;
    this.#listener = listener;
    // What the link remembers may be over for the session.
    const resumed = resume === session.participantId ? resume : undefined;
    if (resumed === undefined) session.forget();
    this.#socket = openSocket(joinUrl({ url, autoSubscribe, resume: resumed }), token, {
      handleOpen: () => listener.handleOpen(),
      handleMessage: (bytes) => this.#handleBytes(bytes),
      handleClose: (code, reason) => this.#fail(closeError(url, code, reason)),
    });
  }

  async request<M extends MethodName>(method: M, params: Params<M>): Promise<Result<M>> {
    if (this.#closed !== undefined) throw this.#closed;
    const run: MethodTable[M] = this.#methods[method];
    if (run === undefined) throw new SluiceError("unsupported", `a LiveKit door has no ${method}`);
    return await run(params);
  }

  close(error: SluiceError): void {
    if (this.#closed !== undefined) return;
    this.#closed = error;
    for (const pending of [this.#joins, this.#offers, this.#publications, this.#pings]) pending.rejectAll(error);
    this.#socket.close();
  }

  readonly #methods: MethodTable = {
    join: () => this.#joins.wait("join"),
    offer: ({ sdp }) => this.#offer(sdp),
    answerApplied: async () => ({}),
    trickle: async ({ candidate }) => {
      const candidateInit = JSON.stringify(candidate ?? { candidate: "" });
      return this.#send("trickle", new TrickleRequest({ candidateInit, target: SignalTarget.PUBLISHER }));
    },
    publish: (params) => this.#publish(params),
    // The next offer says it: the section no longer sends.
    unpublish: async ({ trackId }) => this.#session.forgetTrack(trackId),
    subscribe: async ({ trackIds }) => this.#subscribe(trackIds, true),
    unsubscribe: async ({ trackIds }) => this.#subscribe(trackIds, false),
    setLayers: async ({ trackId, paused = false, width = 0, height = 0, maxSpatialLayer = 2 }) => {
      const quality = [VideoQuality.LOW, VideoQuality.MEDIUM][maxSpatialLayer] ?? VideoQuality.HIGH;
      const settings = new UpdateTrackSettings({ trackSids: [trackId], disabled: paused, quality, width, height });
      return this.#send("trackSetting", settings);
    },
    mute: async ({ trackId, muted }) => this.#send("mute", new MuteTrackRequest({ sid: trackId, muted })),
    leave: async () => {
      const reason = DisconnectReason.CLIENT_INITIATED;
      return this.#send("leave", new LeaveRequest({ reason, action: LeaveRequest_Action.DISCONNECT }));
    },
    ping: async () => {
      const timestamp = BigInt(Date.now());
      this.#send("ping", timestamp);
      this.#send("pingReq", new Ping({ timestamp }));
      return await this.#pings.wait("ping");
    },
  };

  #send<K extends RequestKind>(kind: K, value: RequestValue<K>): Record<string, never> {
    const message = { case: kind, value } as SignalRequest["message"];
    this.#socket.send(new SignalRequest({ message }).toBinary());
    return {};
  }

  async #offer(sdp: string): Promise<Result<"offer">> {
    if (!this.#session.accepts(sdp)) {
      // A server of LiveKit's takes another peer connection from another participant only.
      this.#beginAnew("the peer connection was lost");
      throw new SluiceError("unavailable", "the participant joins anew");
    }
    this.#offerId += 1;
    const answer = this.#offers.wait(this.#offerId);
    this.#send("offer", new SessionDescription({ type: "offer", sdp, id: this.#offerId }));
    return await answer;
  }

  async #publish({ cid, kind, source = "unknown", name = "", muted = false, layers = [] }: Params<"publish">) {
    const known = this.#session.published.get(cid);
    const track = known && trackInfo(known);
    if (track !== undefined) return { track };
    // Older servers give no answer at all.
    if (this.#session.participant?.permissions.canPublish === false) {
      throw new SluiceError("permissionDenied", "the access token does not grant canPublish");
    }
    const largest = layers.at(-1);
    const answer = this.#publications.wait(cid);
    const request = new AddTrackRequest({
      cid,
      name,
      type: liveKitType(kind),
      source: liveKitSource(source),
      muted,
      width: largest?.width ?? 0,
      height: largest?.height ?? 0,
      layers: layers.map(
        ({ width, height, bitrateBps = 0 }, quality) => new VideoLayer({ quality, width, height, bitrate: bitrateBps }),
      ),
    });
    this.#send("addTrack", request);
    return await answer;
  }

  #subscribe(trackIds: readonly string[], subscribe: boolean): Record<string, never> {
    return this.#send("subscription", new UpdateSubscription({ trackSids: [...trackIds], subscribe }));
  }

  #handleBytes(bytes: Uint8Array): void {
    if (this.#closed !== undefined) return;
    let response: SignalResponse;
    try {
      response = SignalResponse.fromBinary(bytes);
    } catch (cause) {
      this.#fail(new SluiceError("failedPrecondition", "the server does not speak LiveKit's protocol", { cause }));
      return;
    }
    if (this.#hasJoined) this.#handle(response.message);
    else this.#handleFirst(response.message);
  }

  /** What comes before the answer to our joining is not for us. */
  #handleFirst(message: SignalResponse["message"]): void {
    const session = this.#session;
    if (message.case === "join") {
      session.begin(message.value);
      this.#handleJoined(false);
    } else if (message.case === "reconnect") {
      session.iceServers = message.value.iceServers;
      this.#handleJoined(true);
      const subscription = new UpdateSubscription({ subscribe: !this.#autoSubscribe });
      const state = { subscription, publishTracks: session.publications(), datachannelReceiveStates: session.received() };
      this.#send("syncState", new SyncState(state));
    } else if (message.case === "leave") {
      this.#handleLeave(message.value);
    }
  }

  #handleJoined(resumed: boolean): void {
    const { room, participant, roster, iceServers, pingInterval } = this.#session;
    if (room === undefined || participant === undefined) {
      this.#fail(new SluiceError("failedPrecondition", "the server does not say who joined which room"));
      return;
    }
    this.#hasJoined = true;
    this.#joins.resolve("join", {
      room,
      participant,
      participants: roster.participants().filter((other) => other !== participant),
      iceServers,
      pingIntervalMs: Math.max(1, pingInterval) * 1_000,
      resumed,
    });
  }

  #handle(message: SignalResponse["message"]): void {
    switch (message.case) {
      case "answer": {
        const { id, sdp } = message.value;
        // Servers that do not number have one offer in the works, as we have.
        this.#offers.resolve(id === 0 ? this.#offerId : id, { sdp, tracks: answeredTracks(message.value, this.#session) });
        break;
      }
      case "trackPublished": {
        const { cid, track } = message.value;
        const info = track && trackInfo(track);
        if (track === undefined || info === undefined) break;
        this.#session.published.set(cid, track);
        this.#publications.resolve(cid, { track: info });
        break;
      }
      case "pong":
      case "pongResp":
        this.#pings.resolve("ping", { timestamp: null, serverTime: Date.now() });
        break;
      case "requestResponse":
        this.#handleRequestResponse(message.value);
        break;
      case "leave":
        this.#handleLeave(message.value);
        break;
      default:
        for (const notification of notificationsOf(message, this.#session)) this.#listener.handleNotification(notification);
    }
  }

  #handleRequestResponse({ reason, message, request }: RequestResponse): void {
    if (request.case !== "addTrack" || reason === RequestResponse_Reason.OK || reason === RequestResponse_Reason.QUEUED) return;
    const code = REFUSALS[reason] ?? "internal";
    this.#publications.reject(request.value.cid, new SluiceError(code, message || `the server refuses the track: ${code}`));
  }

  #handleLeave({ action, reason, canReconnect }: LeaveRequest): void {
    const why = leaveReason(reason);
    const isOver = action === LeaveRequest_Action.DISCONNECT && !canReconnect;
    if (!isOver && action === LeaveRequest_Action.RESUME) {
      this.#fail(new SluiceError("unavailable", "the server asks to connect again"));
    } else if (!isOver) {
      this.#beginAnew("the server asks to join anew");
    } else if (!this.#hasJoined || this.#session.participant === undefined) {
      this.#fail(new SluiceError("failedPrecondition", `the server refuses the participant: ${why}`));
    } else {
      const { participantId, identity } = this.#session.participant;
      this.#listener.handleNotification({ method: "participantLeft", params: { participantId, identity, reason: why } });
    }
  }

  #beginAnew(why: string): void {
    if (this.#hasJoined) this.#send("leave", new LeaveRequest({ reason: DisconnectReason.CLIENT_INITIATED }));
    this.#session.forget();
    this.#fail(new SluiceError("unavailable", why));
  }

  /** Before the answer to `join` its rejection says it as well; the link listens once. */
  #fail(error: SluiceError): void {
    this.#listener.handleFailure(error);
  }
}

function closeError(url: string, code: number, reason: string): SluiceError {
  const error = socketError(url, code, reason);
  // A refusal without words of its own: nobody is at this path.
  const isUnknownPath = error.code === "notFound" && /: 404\b/.test(reason);
  return isUnknownPath ? new SluiceError("notFound", `${reason}; does this server have LiveKit's /rtc/v1?`) : error;
}

const REFUSALS: Partial<Record<RequestResponse_Reason, ErrorCode>> = {
  [RequestResponse_Reason.NOT_FOUND]: "notFound",
  [RequestResponse_Reason.NOT_ALLOWED]: "permissionDenied",
  [RequestResponse_Reason.LIMIT_EXCEEDED]: "resourceExhausted",
  [RequestResponse_Reason.UNSUPPORTED_TYPE]: "unsupported",
};
