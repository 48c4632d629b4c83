import {
  type LeaveReason,
  MAX_DATA_BYTES,
  MediaSession,
  type Notification,
  type ParticipantInfo,
  type Result,
  type RoomInfo,
  SignalingLink,
  type SignalingLinkOptions,
  type SignalType,
  SluiceError,
} from "@sluice/protocol";
import { decodeBase64, encodeBase64 } from "./base64.js";
import { type CameraOptions, captureCamera, captureMicrophone, captureScreen, type MicrophoneOptions } from "./capture.js";
import type { ConnectionState } from "./connection-state.js";
import type { LocalTrack, PublishOptions } from "./local-track.js";
import type { OpenMedia, RoomMedia } from "./media-port.js";
import { ParticipantDirectory } from "./participant-directory.js";
import { Publisher } from "./publisher.js";
import type { RemoteParticipant } from "./remote-participant.js";
import type { RoomEvents } from "./room-events.js";
import { Subscriptions } from "./subscriptions.js";
import { TypedEmitter } from "./typed-emitter.js";

/** Ourselves. */
export interface LocalParticipant {
  /** Changes when we had to join anew. */
  readonly participantId: string;
  readonly identity: string;
  readonly name: string;
  readonly tracks: readonly LocalTrack[];
}

export interface SendDataOptions {
  /** Participant ids; absent: everybody else. */
  readonly to?: readonly string[];
  readonly topic?: string;
}

export interface SendSignalOptions {
  /** One participant id; absent: the room. */
  readonly to?: string;
  /** Every room of the cluster; needs the roomAdmin grant. */
  readonly everyRoom?: boolean;
}

/** `captured` tracks have their own source and name. */
export type CaptureOptions = Omit<PublishOptions, "source">;

/** For screens: text wants more than a face at the same size. */
const SCREEN_MAX_BITRATE_BPS = 2_500_000;
const CAMERA_MAX_BITRATE_BPS = 1_700_000;

/** A room one is in. Made by `connect`, ended by {@link leave}. Every rejection is a SluiceError, except those of the capture APIs. */
export class Room {
  readonly #events = new TypedEmitter<RoomEvents>((error) => reportError(error));
  readonly #link: SignalingLink;
  readonly #media: RoomMedia;
  readonly #publisher: Publisher;
  readonly #directory: ParticipantDirectory;
  readonly #subscriptions: Subscriptions;
  readonly #autoSubscribe: boolean;
  #info: RoomInfo = { roomId: "", name: "", metadata: "" };
  #self: ParticipantInfo | undefined;
  #state: ConnectionState = { status: "connecting" };
  #signalingHealth: "good" | "repairing" = "good";
  #mediaHealth: "good" | "repairing" = "good";

  /** Use `connect`. */
  constructor(options: SignalingLinkOptions, openMedia: OpenMedia) {
    this.#autoSubscribe = options.autoSubscribe;
    this.#link = new SignalingLink(options, {
      handleJoined: (result) => this.#handleJoined(result),
      handleNotification: (notification) => this.#handleNotification(notification),
      handleLost: () => this.#setHealth("repairing", this.#mediaHealth),
      handleClosed: (reason) => this.#handleClosed(reason),
    });
    this.#media = new MediaSession(this.#link, openMedia, options.scheduler, {
      handleAnswer: (tracks) => this.#subscriptions.handleAnswer(tracks),
      handleReplaced: () => this.#subscriptions.handleReplaced(),
      handleHealth: (health) => this.#setHealth(this.#signalingHealth, health),
      handleError: (error) => this.#events.emit("error", error),
    });
    this.#directory = new ParticipantDirectory(this.#events, options.autoSubscribe);
    this.#subscriptions = new Subscriptions(this.#link, this.#directory, (mid) => this.#media.connection?.receivedTrack(mid));
    this.#publisher = new Publisher(this.#link, this.#media, this.#events);
  }

  /** Resolves when joined. */
  whenJoined(): Promise<void> {
    return this.#link.whenJoined();
  }

  get name(): string {
    return this.#info.name;
  }

  get roomId(): string {
    return this.#info.roomId;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get localParticipant(): LocalParticipant {
    const { participantId = "", identity = "", name = "" } = this.#self ?? {};
    return { participantId, identity, name: name || identity, tracks: this.#publisher.tracks() };
  }

  /** Everybody else, in the order they came. */
  get participants(): readonly RemoteParticipant[] {
    return this.#directory.participants();
  }

  participant(participantId: string): RemoteParticipant | undefined {
    return this.#directory.participant(participantId);
  }

  /** Calls `listener` on every `event` from now on. The function returned takes it away again. */
  on<K extends keyof RoomEvents>(event: K, listener: (...args: RoomEvents[K]) => void): () => void {
    return this.#events.on(event, listener);
  }

  off<K extends keyof RoomEvents>(event: K, listener: (...args: RoomEvents[K]) => void): void {
    this.#events.off(event, listener);
  }

  /** Resolves when the server is ready to receive it. Publishing the same track twice is publishing it once. */
  publish(mediaStreamTrack: MediaStreamTrack, options: PublishOptions = {}): Promise<LocalTrack> {
    return this.#publisher.publish(mediaStreamTrack, "given", options);
  }

  async publishCamera(options: CameraOptions & CaptureOptions = {}): Promise<LocalTrack> {
    const defaults = { maxBitrateBps: CAMERA_MAX_BITRATE_BPS, name: "camera" };
    return this.#publishCaptured([await captureCamera(options)], () => ({ ...defaults, ...options, source: "camera" })).then(
      first,
    );
  }

  async publishMicrophone(options: MicrophoneOptions & CaptureOptions = {}): Promise<LocalTrack> {
    const tracks = [await captureMicrophone(options)];
    return this.#publishCaptured(tracks, () => ({ name: "microphone", ...options, source: "microphone" })).then(first);
  }

  /** The picture first, then its sound where the browser shares it. `codec` is that of the picture. */
  async publishScreen(options: CaptureOptions = {}): Promise<LocalTrack[]> {
    const { codec: _, maxBitrateBps: __, ...audioOptions } = options;
    return this.#publishCaptured(await captureScreen(), ({ kind }) =>
      kind === "audio"
        ? { name: "screen", ...audioOptions, source: "screenShareAudio" }
        : { name: "screen", maxBitrateBps: SCREEN_MAX_BITRATE_BPS, ...options, source: "screenShare" },
    );
  }

  unpublish(track: LocalTrack): Promise<void> {
    return this.#publisher.unpublish(track);
  }

  /** Takes effect at once; resolves when the others were told. */
  setMuted(track: LocalTrack, muted: boolean): Promise<void> {
    return this.#publisher.setMuted(track, muted);
  }

  subscribe(...trackIds: string[]): Promise<void> {
    return this.#subscriptions.subscribe(trackIds);
  }

  unsubscribe(...trackIds: string[]): Promise<void> {
    return this.#subscriptions.unsubscribe(trackIds);
  }

  /** Stops or resumes the packets of a subscribed track, for example one that is not on the screen. */
  setPaused(trackId: string, paused: boolean): Promise<void> {
    return this.#subscriptions.setPaused(trackId, paused);
  }

  /** Reliable and ordered, at most 15 KiB. Rejects with `unavailable` when it may be lost; it is never sent twice. */
  async sendData(data: Uint8Array | string, options: SendDataOptions = {}): Promise<void> {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    if (bytes.length > MAX_DATA_BYTES)
      throw new SluiceError("invalidArgument", `data has ${bytes.length} bytes, the limit is ${MAX_DATA_BYTES}`);
    await this.#link.request("sendData", { data: encodeBase64(bytes), ...options });
  }

  /** Client-to-client signaling. Gives how many participants it was handed to. Never sent twice, as {@link sendData}. */
  async signal(type: SignalType, data: string, options: SendSignalOptions = {}): Promise<number> {
    return (await this.#link.request("signal", { type, data, ...options })).delivered;
  }

  /** Of the present peer connection; rejects with `failedPrecondition` when there is none. */
  async getStats(): Promise<RTCStatsReport> {
    const { connection } = this.#media;
    if (connection === undefined) throw new SluiceError("failedPrecondition", "the room was left");
    return connection.getStats();
  }

  /** Leaving twice is leaving once. Does not wait for the server. */
  leave(): void {
    this.#link.request("leave", {}).catch(() => {}); // Without an answer the server notices by the closed socket.
    this.#link.close("clientLeft");
  }

  /** The network is said to be there again: do not wait for the next attempt. */
  retryNow(): void {
    this.#link.retryNow();
  }

  async #publishCaptured(
    tracks: MediaStreamTrack[],
    optionsOf: (track: MediaStreamTrack) => PublishOptions,
  ): Promise<LocalTrack[]> {
    try {
      return await Promise.all(tracks.map((track) => this.#publisher.publish(track, "captured", optionsOf(track))));
    } catch (error) {
      for (const track of tracks) track.stop();
      throw error;
    }
  }

  #handleJoined(result: Result<"join">): void {
    this.#info = result.room;
    this.#self = result.participant;
    this.#directory.handleSnapshot(result.participants);
    if (result.resumed) {
      this.#media.negotiate();
    } else {
      this.#media.start(result.iceServers, this.#publisher.republish());
      this.#subscriptions.restore(this.#autoSubscribe).catch((error: SluiceError) => this.#events.emit("error", error));
    }
    this.#setHealth("good", this.#mediaHealth);
  }

  #handleNotification({ method, params }: Notification): void {
    switch (method) {
      case "participantJoined":
      case "participantUpdated":
        if (params.participant.participantId === this.#self?.participantId) this.#self = params.participant;
        else this.#directory.handleInfo(params.participant);
        this.#subscriptions.handlePublished();
        break;
      case "participantLeft":
        if (params.participantId === this.#self?.participantId) this.#link.close(params.reason);
        else this.#directory.handleLeft(params.participantId, params.reason);
        break;
      case "trackPublished":
        this.#directory.handlePublished(params.participantId, params.track);
        this.#subscriptions.handlePublished();
        break;
      case "trackUnpublished":
        this.#subscriptions.handleUnpublished(params.trackId);
        this.#directory.handleUnpublished(params.trackId);
        break;
      case "trackMuted":
        this.#publisher.handleMuted(params.trackId, params.muted);
        this.#directory.handleMuted(params.trackId, params.muted);
        break;
      case "negotiationNeeded":
        this.#media.handleNegotiationNeeded(params);
        break;
      case "trickle":
        this.#media.handleCandidate(params.candidate);
        break;
      case "signal":
        this.#events.emit("signal", params);
        break;
      case "data":
        this.#events.emit("data", { ...params, data: decodeBase64(params.data) ?? new Uint8Array() });
        break;
      case "activeSpeakers":
        this.#events.emit("activeSpeakers", params.speakers);
        break;
      case "connectionQuality":
        this.#events.emit("connectionQuality", params.participants);
        break;
      case "subscribedLayers":
        this.#directory.handlePaused(params.trackId, params.paused);
        break;
      case "roomClosed":
        this.#link.close(params.reason);
        break;
      case "reconnect":
        this.#media.rebuild(params.delayMs);
        break;
    }
  }

  #handleClosed(reason: LeaveReason): void {
    this.#publisher.stop();
    this.#media.close();
    this.#setState({ status: "disconnected", reason });
  }

  #setHealth(signaling: "good" | "repairing", media: "good" | "repairing"): void {
    this.#signalingHealth = signaling;
    this.#mediaHealth = media;
    if (signaling === "repairing") this.#setState({ status: "reconnecting", cause: "signaling" });
    else if (media === "repairing") this.#setState({ status: "reconnecting", cause: "media" });
    else this.#setState({ status: "connected" });
  }

  #setState(state: ConnectionState): void {
    const before = this.#state;
    if (before.status === "disconnected" || JSON.stringify(before) === JSON.stringify(state)) return;
    this.#state = state;
    this.#events.emit("connectionStateChanged", state);
  }
}

function first(tracks: readonly LocalTrack[]): LocalTrack {
  const [track] = tracks;
  if (track === undefined) throw new SluiceError("internal", "nothing was captured");
  return track;
}
