import {
  DataExchange,
  type LeaveReason,
  MediaSession,
  type OpenMediaConnection,
  type ParticipantChanges,
  type ParticipantInfo,
  type ParticipantStats,
  type Result,
  type RoomInfo,
  type RoomNotification,
  type SendDataOptions,
  SignalingLink,
  type SignalingLinkOptions,
  type SignalType,
  SluiceError,
  type SubscriptionPermissions,
} from "@sluice/protocol";
import { decodeBase64, encodeBase64 } from "./base64.js";
import { type CameraOptions, captureCamera, captureMicrophone, captureScreen, type MicrophoneOptions } from "./capture.js";
import type { ConnectionState } from "./connection-state.js";
import type { LocalParticipant } from "./local-participant.js";
import type { LocalTrack } from "./local-track.js";
import type { MediaPort, OpenMedia, RoomMedia } from "./media-port.js";
import { observeElement } from "./observe-element.js";
import { ParticipantDirectory } from "./participant-directory.js";
import type { PublishOptions, VideoDefaults } from "./publish-options.js";
import { Publisher } from "./publisher.js";
import type { RemoteParticipant } from "./remote-participant.js";
import type { RoomEvents } from "./room-events.js";
import { mergeStats, type RoomStats } from "./room-stats.js";
import type { SendSignalOptions } from "./send-signal-options.js";
import { Subscriptions } from "./subscriptions.js";
import { TrackViews } from "./track-views.js";
import type { LayerOptions } from "./track-wish.js";
import { TypedEmitter } from "./typed-emitter.js";

/** `captured` tracks have their own source and name. */
export type CaptureOptions = Omit<PublishOptions, "source">;

/** A room one is in. Made by `connect`, ended by {@link leave}. Every rejection is a SluiceError, except those of the capture APIs. */
export class Room {
  readonly #events = new TypedEmitter<RoomEvents>((error) => reportError(error));
  readonly #link: SignalingLink;
  readonly #media: RoomMedia;
  readonly #data: DataExchange;
  readonly #publisher: Publisher;
  readonly #directory: ParticipantDirectory;
  readonly #subscriptions: Subscriptions;
  readonly #views: TrackViews<HTMLVideoElement>;
  readonly #autoSubscribe: boolean;
  #info: RoomInfo = { roomId: "", name: "", metadata: "", participantCount: 0, publisherCount: 0 };
  #self: ParticipantInfo | undefined;
  /** As we set them last: a participant that joined anew has none. */
  #subscriptionPermissions: SubscriptionPermissions | undefined;
  #state: ConnectionState = { status: "connecting" };
  #signalingHealth: "good" | "repairing" = "good";
  #mediaHealth: "good" | "repairing" = "good";

  /** Use `connect`. */
  constructor(options: SignalingLinkOptions, openMedia: OpenMedia, videoDefaults: VideoDefaults = {}) {
    this.#autoSubscribe = options.autoSubscribe;
    this.#link = new SignalingLink(options, {
      handleJoined: (result) => this.#handleJoined(result),
      handleNotification: (notification) => this.#handleNotification(notification),
      handleLost: () => this.#setHealth("repairing", this.#mediaHealth),
      handleClosed: (reason) => this.#handleClosed(reason),
    });
    this.#data = new DataExchange({
      link: this.#link,
      scheduler: options.scheduler,
      encodeBase64,
      decodeBase64,
      handleData: (message) => this.#events.emit("data", message),
    });
    const open: OpenMediaConnection<MediaPort> = (...parameters) => openMedia(...parameters, this.#data.listen());
    this.#media = new MediaSession(this.#link, open, options.scheduler, {
      handleAnswer: (tracks) => this.#subscriptions.handleAnswer(tracks),
      handleReplaced: () => this.#subscriptions.handleReplaced(),
      handleHealth: (health) => this.#setHealth(this.#signalingHealth, health),
      handleError: (error) => this.#events.emit("error", error),
    });
    this.#directory = new ParticipantDirectory(this.#events, options.autoSubscribe, {
      setPaused: (trackId, paused) => this.#subscriptions.setPaused(trackId, paused),
      setLayers: (trackId, layers) => this.#subscriptions.setLayers(trackId, layers),
      adaptTo: (trackId, element) => this.#views.adaptTo(trackId, element),
    });
    this.#subscriptions = new Subscriptions(this.#link, this.#directory, (mid) => this.#media.connection?.receivedTrack(mid));
    this.#views = new TrackViews(options.scheduler, observeElement, (trackId, shown) => {
      this.#subscriptions.handleShown(trackId, shown).catch((error: SluiceError) => {
        // A track that vanished meanwhile needs no size; a room that was left needs nothing.
        if (error.code !== "notFound" && this.#state.status !== "disconnected") this.#events.emit("error", error);
      });
    });
    this.#events.on("trackUnpublished", ({ trackId }) => {
      this.#subscriptions.handleUnpublished(trackId);
      this.#views.remove(trackId);
    });
    this.#publisher = new Publisher(this.#link, this.#media, this.#events, videoDefaults);
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

  get metadata(): string {
    return this.#info.metadata;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get localParticipant(): LocalParticipant {
    const { participantId = "", identity = "", name = "", metadata = "", attributes = {}, permissions } = this.#self ?? {};
    const tracks = this.#publisher.tracks();
    return { participantId, identity, name: name || identity, metadata, attributes, permissions, tracks };
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
    const tracks = [await captureCamera(options)];
    return this.#publishCaptured(tracks, () => ({ name: "camera", ...options, source: "camera" })).then(first);
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
        : { name: "screen", ...options, source: "screenShare" },
    );
  }

  unpublish(track: LocalTrack): Promise<void> {
    return this.#publisher.unpublish(track);
  }

  /** Takes effect at once; resolves when the others were told. */
  setMuted(track: LocalTrack, muted: boolean): Promise<void> {
    return this.#publisher.setMuted(track, muted);
  }

  /** What others see of us; attributes that are not named stay, an empty one is deleted. Takes the grant canUpdateOwnMetadata. */
  async updateParticipant(changes: ParticipantChanges): Promise<void> {
    await this.#link.requestUntilAnswered("updateParticipant", changes);
  }

  /** Who may receive our tracks; everybody, until something else is said. Replaces the last as a whole. */
  async setSubscriptionPermissions(permissions: SubscriptionPermissions): Promise<void> {
    this.#subscriptionPermissions = permissions;
    await this.#link.requestUntilAnswered("setSubscriptionPermissions", permissions);
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

  /**
   * What is wanted of a subscribed video at most: the size at which it is shown, layers, priority. Every call replaces the last as
   * a whole; {@link RemoteTrack.adaptTo} does it by itself.
   */
  setLayers(trackId: string, layers: LayerOptions): Promise<void> {
    return this.#subscriptions.setLayers(trackId, layers);
  }

  /**
   * To everybody else or to some, reliable and in order, or not (`reliable: false`): see docs/reference/sdk.md. Resolves when the next
   * message is welcome, so that waiting for it keeps a fast sender from running ahead; it is no proof of arrival.
   */
  sendData(payload: Uint8Array | string, options: SendDataOptions = {}): Promise<void> {
    return this.#data.send(typeof payload === "string" ? new TextEncoder().encode(payload) : payload, options);
  }

  /** Client-to-client signaling. Gives how many participants it was handed to. Never sent twice, as {@link sendData}. */
  async signal(type: SignalType, data: string, options: SendSignalOptions = {}): Promise<number> {
    return (await this.#link.request("signal", { type, data, ...options })).delivered;
  }

  /** How our media does: the server's view of it, at most a second old, and the browser's beside it. */
  async getStats(): Promise<RoomStats> {
    const [{ participants }, report] = await Promise.all([
      this.#link.requestUntilAnswered("getStats", {}),
      this.getPeerConnectionStats(),
    ]);
    const [own] = participants;
    if (own === undefined) throw new SluiceError("internal", "the server has no statistics of us");
    const ids = new Map(this.#publisher.tracks().map(({ trackId, mediaStreamTrack }) => [trackId, mediaStreamTrack.id]));
    for (const { trackId, mediaStreamTrack } of this.#directory.tracks()) {
      if (mediaStreamTrack !== undefined) ids.set(trackId, mediaStreamTrack.id);
    }
    return mergeStats(own, report, ids);
  }

  /** How everybody's media does, as the server sees it. Needs the grant roomAdmin, else rejects with `permissionDenied`. */
  async getStatsOfEverybody(): Promise<readonly ParticipantStats[]> {
    return (await this.#link.requestUntilAnswered("getStats", { everybody: true })).participants;
  }

  /** The browser's own report of the present peer connection; rejects with `failedPrecondition` when there is none. */
  async getPeerConnectionStats(): Promise<RTCStatsReport> {
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
    const { name } = this.#info;
    this.#info = result.room;
    this.#self = result.participant;
    this.#directory.handleSnapshot(result.participants);
    if (name !== "" && name !== result.room.name) this.#events.emit("moved", result.room);
    if (result.resumed) {
      this.#media.negotiate();
    } else {
      this.#media.start(result.iceServers, this.#publisher.republish());
      this.#restorePermissions();
      this.#subscriptions.restore(this.#autoSubscribe).catch((error: SluiceError) => this.#events.emit("error", error));
    }
    this.#setHealth("good", this.#mediaHealth);
  }

  #restorePermissions(): void {
    if (this.#subscriptionPermissions === undefined) return;
    this.setSubscriptionPermissions(this.#subscriptionPermissions).catch((error: SluiceError) => {
      this.#events.emit("error", error);
    });
  }

  #handleNotification({ method, params }: RoomNotification): void {
    switch (method) {
      case "participantJoined":
      case "participantUpdated":
        if (params.participant.participantId === this.#self?.participantId) this.#handleSelf(params.participant);
        else this.#directory.handleInfo(params.participant);
        this.#subscriptions.handlePublished();
        break;
      case "roomUpdated":
        this.#info = params.room;
        this.#events.emit("roomUpdated", params.room);
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
        this.#publisher.handleUnpublished(params.trackId).catch((error: SluiceError) => this.#events.emit("error", error));
        this.#directory.handleUnpublished(params.trackId);
        break;
      case "trackMuted":
        this.#publisher.handleMuted(params.trackId, params.muted);
        this.#directory.handleMuted(params.trackId, params.muted);
        break;
      case "trackSubscribed":
        this.#publisher.handleSubscribed(params.trackId);
        break;
      case "subscriptionPermission":
        this.#directory.handlePermission(params.trackId, params.allowed);
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
        this.#data.handleNotification(params);
        break;
      case "activeSpeakers":
        this.#events.emit("activeSpeakers", params.speakers, params.dominant ?? null);
        break;
      case "connectionQuality":
        this.#events.emit("connectionQuality", params.participants);
        break;
      case "subscribedLayers":
        this.#directory.handleSubscribedLayers(params);
        break;
      case "publishedLayers":
        this.#publisher.handlePublishedLayers(params.trackId, params.wanted).catch((error: unknown) => reportError(error));
        break;
      case "roomClosed":
        this.#link.close(params.reason);
        break;
      case "reconnect":
        this.#media.rebuild(params.delayMs);
        break;
    }
  }

  #handleSelf(info: ParticipantInfo): void {
    this.#self = info;
    this.#events.emit("localParticipantUpdated", this.localParticipant);
  }

  #handleClosed(reason: LeaveReason): void {
    this.#publisher.stop();
    this.#data.close(new SluiceError("unavailable", "the room was left"));
    this.#views.close();
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
