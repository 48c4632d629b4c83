import type { Instant, MediaKind, MediaPacket } from "@sluice/media";
import {
  DataExchange,
  type LeaveReason,
  MediaSession,
  type Params,
  type ReceivedData,
  ReceivedSections,
  type Result,
  type RoomNotification,
  type SendDataOptions,
  SignalingLink,
  SluiceError,
  type TokenSource,
} from "@sluice/protocol";
import type { MediaFile } from "../media-file/media-file.js";
import { PlaybackClock } from "../media-file/playback-clock.js";
import { createDoor, type Door, type DoorName } from "./door.js";
import { HeadlessConnection } from "./headless-connection.js";
import { LocalTrack } from "./local-track.js";
import type { MediaEndpoint } from "./media-endpoint.js";
import type { MediaHost } from "./media-host.js";
import type { MediaDetour } from "./media-tap.js";
import { nodeScheduler } from "./node-scheduler.js";
import { TrackMeter, type TrackReport } from "./track-meter.js";

/** How long the server may take to say goodbye, ms. */
const LEAVE_TIMEOUT_MS = 1_000;

export interface HeadlessParticipantOptions {
  readonly host: MediaHost;
  /** ws://…, wss://…, http://… or https://… */
  readonly url: string;
  /** In LiveKit's format, or a function that makes one, asked again before every reconnect. */
  readonly token: TokenSource;
  /** Default "jsonrpc". At the LiveKit door it enters LiveKit servers as well. */
  readonly door?: DoorName | Door;
  /** What it publishes, each file as a track of its own. Default: nothing. */
  readonly publish?: readonly MediaFile[];
  /** Whether it receives the tracks of others. Default true. */
  readonly subscribe?: boolean;
  /** The largest layer it wants of any video, counted from 0. Default: all there are. */
  readonly maxSpatialLayer?: number;
  /** Whether it has data channels; without them small messages go by the WebSocket. Default false; at the LiveKit door always. */
  readonly data?: boolean;
  /** Default: as the server says. */
  readonly detour?: MediaDetour;
  readonly listener?: Partial<HeadlessParticipantListener>;
}

export interface HeadlessParticipantListener {
  /** What is being repaired: the WebSocket or the media; undefined: nothing any more. */
  handleRepair(cause: "signaling" | "media" | undefined): void;
  /** Something went wrong that nobody waits for. */
  handleError(error: SluiceError): void;
  handleData(message: ReceivedData): void;
  /** A track of somebody begins to be received. */
  handleTrack(trackId: string, kind: MediaKind): void;
  /** A packet of it, of either kind, after repair and in any order; valid until it returns. */
  handlePacket(kind: MediaKind, packet: MediaPacket, now: Instant): void;
  /** The participant has left the room, whoever wanted it. Not called for a {@link HeadlessParticipant.leave} of our own. */
  handleClosed(reason: LeaveReason, error: SluiceError): void;
}

/** Of every track that was ever received. */
export interface ReceivedTotals {
  readonly tracks: number;
  readonly packets: number;
  /** After repair. */
  readonly lost: number;
}

/**
 * A real participant without a browser: our own media core in the client's role, with everything a browser does for the room
 * (publish, subscribe, reconnect, resume), but decoding nothing.
 */
export class HeadlessParticipant {
  readonly #endpoint: MediaEndpoint;
  readonly #listener: Partial<HeadlessParticipantListener>;
  readonly #link: SignalingLink;
  readonly #data: DataExchange;
  readonly #media: MediaSession<LocalTrack, HeadlessConnection>;
  readonly #localTracks: Set<LocalTrack>;
  readonly #sections = new ReceivedSections();
  /** By track id. */
  readonly #meters = new Map<string, TrackMeter>();
  readonly #maxSpatialLayer: number | undefined;
  #speakers: readonly string[] = [];
  /** Of tracks that have ended. */
  #ended: ReceivedTotals = { tracks: 0, packets: 0, lost: 0 };
  #info: Pick<Result<"join">, "participant" | "room"> | undefined;
  #state: "joining" | "joined" | "leaving" | "closed" = "joining";

  private constructor(endpoint: MediaEndpoint, options: HeadlessParticipantOptions) {
    const { url, token, publish = [], subscribe = true, data = false, listener = {} } = options;
    const { door: wanted = "jsonrpc" } = options;
    const door = typeof wanted === "string" ? createDoor(wanted) : wanted;
    const hasChannels = data || door.needsConnection;
    this.#endpoint = endpoint;
    this.#maxSpatialLayer = options.maxSpatialLayer;
    this.#listener = listener;
    const clock = new PlaybackClock();
    this.#localTracks = new Set(publish.map((file) => new LocalTrack(endpoint, file, clock)));
    this.#link = new SignalingLink(
      { url, token, autoSubscribe: subscribe, dial: door.dial, scheduler: nodeScheduler },
      {
        handleJoined: (result) => this.#handleJoined(result),
        handleNotification: (notification) => this.#handleNotification(notification),
        handleLost: () => listener.handleRepair?.("signaling"),
        handleClosed: (reason, error) => this.#handleClosed(reason, error),
      },
    );
    this.#data = new DataExchange({
      link: door.hasDataRequests ? this.#link : undefined,
      ...(door.dataFormat === undefined ? {} : { format: door.dataFormat }),
      scheduler: nodeScheduler,
      encodeBase64: (bytes) => Buffer.from(bytes).toString("base64"),
      decodeBase64: (text) => Buffer.from(text, "base64"),
      handleData: (message) => listener.handleData?.(message),
    });
    this.#media = new MediaSession(
      this.#link,
      (_, handleState) => new HeadlessConnection(endpoint, handleState, hasChannels ? this.#data.listen() : undefined),
      nodeScheduler,
      {
        handleAnswer: (tracks) => this.#handleAnswer(tracks),
        handleReplaced: () => this.#sections.clear(),
        handleHealth: (health) => listener.handleRepair?.(health === "good" ? undefined : "media"),
        handleError: (error) => this.#report(error),
      },
    );
  }

  /**
   * Resolves when it is in the room and the server has accepted its tracks.
   *
   * @throws SluiceError what the server said, or `unavailable` when there is none
   */
  static async join(options: HeadlessParticipantOptions): Promise<HeadlessParticipant> {
    const endpoint = await options.host.openEndpoint(options.detour);
    const participant = new HeadlessParticipant(endpoint, options);
    try {
      await participant.#link.whenJoined();
      await participant.#publish(participant.localTracks);
      return participant;
    } catch (error) {
      await participant.leave();
      throw error;
    }
  }

  /** New after a rejoin as another participant. */
  get participantId(): string {
    return this.#info?.participant.participantId ?? "";
  }

  get identity(): string {
    return this.#info?.participant.identity ?? "";
  }

  get roomName(): string {
    return this.#info?.room.name ?? "";
  }

  /** What it publishes, in the order it began to. */
  get localTracks(): readonly LocalTrack[] {
    return [...this.#localTracks];
  }

  /** Participant ids of those who speak now, loudest first. */
  get speakers(): readonly string[] {
    return this.#speakers;
  }

  /** One report for each track there is to receive, in the order they came; starts a new interval for the bitrates. */
  takeReports(): TrackReport[] {
    const now = this.#endpoint.now();
    return [...this.#meters.values()].map((meter) => meter.takeReport(now));
  }

  get totals(): ReceivedTotals {
    return [...this.#meters.values()].reduce(addMeter, this.#ended);
  }

  /** Publishes a file besides; resolves when the server has accepted it. Rejects with a SluiceError, and then it is not published. */
  async publish(file: MediaFile): Promise<LocalTrack> {
    if (this.#state !== "joined") throw new SluiceError("failedPrecondition", "the room was left");
    // On the clock of the others all frames since their beginning would be due at once.
    const track = new LocalTrack(this.#endpoint, file, new PlaybackClock());
    this.#localTracks.add(track);
    try {
      await this.#publish([track]);
      return track;
    } catch (error) {
      this.#localTracks.delete(track);
      track.close();
      throw error;
    }
  }

  /** Sends nothing of it from now on; resolves when the server knows. Rejects with a SluiceError. Unpublishing twice is unpublishing once. */
  async unpublish(track: LocalTrack): Promise<void> {
    if (!this.#localTracks.delete(track)) return;
    track.setMuted(true);
    try {
      await this.#link.requestUntilAnswered("unpublish", { trackId: track.trackId });
      await this.#media.stopSending(track);
    } finally {
      track.close();
    }
  }

  /** Takes effect at once; resolves when the others were told. Rejects with a SluiceError. */
  async setMuted(track: LocalTrack, muted: boolean): Promise<void> {
    track.setMuted(muted);
    await this.#link.requestUntilAnswered("mute", { trackId: track.trackId, muted });
  }

  /** What it wants of a track that others publish; replaces what it wanted before as a whole. Rejects with a SluiceError. */
  async setLayers(wanted: Params<"setLayers">): Promise<void> {
    await this.#link.request("setLayers", wanted);
  }

  /** As `Room.sendData` of the browser SDK, but without back-pressure beyond the core's bounded buffer, which drops. */
  sendData(payload: Uint8Array, options?: SendDataOptions): Promise<void> {
    return this.#data.send(payload, options);
  }

  /** Leaves the room and gives everything back; resolves at the latest after a second. Leaving twice is leaving once. */
  async leave(): Promise<void> {
    if (this.#state === "leaving" || this.#state === "closed") return;
    this.#state = "leaving";
    // Without an answer the server notices by the closed socket.
    const left = this.#link.request("leave", {}).then(nothing, nothing);
    await Promise.race([left, delay(LEAVE_TIMEOUT_MS)]);
    this.#link.close("clientLeft");
  }

  async #publish(tracks: readonly LocalTrack[]): Promise<void> {
    await Promise.all(tracks.map((track) => this.#announce(track)));
    await Promise.all(tracks.map((track) => this.#media.send(track)));
  }

  async #announce(track: LocalTrack): Promise<void> {
    const { cid, kind, source, name, isMuted: muted } = track;
    const { track: published } = await this.#link.requestUntilAnswered("publish", { cid, kind, source, name, muted });
    track.trackId = published.trackId;
  }

  #handleJoined(result: Result<"join">): void {
    const isFirst = this.#info === undefined;
    this.#info = result;
    this.#state = "joined";
    const published = new Set(result.participants.flatMap(({ tracks }) => tracks.map(({ trackId }) => trackId)));
    this.#endMeters(({ trackId }) => !published.has(trackId));
    if (result.resumed) this.#media.negotiate();
    else this.#media.start(result.iceServers, isFirst ? Promise.resolve() : this.#announceAgain());
    if (!isFirst) this.#listener.handleRepair?.(undefined);
  }

  /** A new participant: the server knows nothing of our tracks any more. */
  async #announceAgain(): Promise<void> {
    try {
      await Promise.all(this.localTracks.map((track) => this.#announce(track)));
    } catch (error) {
      this.#report(error as SluiceError);
    }
  }

  #handleNotification({ method, params }: RoomNotification): void {
    switch (method) {
      case "participantLeft":
        if (params.participantId === this.participantId) this.#link.close(params.reason);
        else this.#endMeters(({ participantId }) => participantId === params.participantId);
        break;
      case "trackUnpublished":
        this.#sections.remove(params.trackId);
        this.#endMeters(({ trackId }) => trackId === params.trackId);
        break;
      case "trackMuted":
        this.localTracks.find(({ trackId }) => trackId === params.trackId)?.setMuted(params.muted);
        break;
      case "negotiationNeeded":
        this.#media.handleNegotiationNeeded(params);
        break;
      case "trickle":
        this.#media.handleCandidate(params.candidate);
        break;
      case "data":
        this.#data.handleNotification(params);
        break;
      case "roomClosed":
        this.#link.close(params.reason);
        break;
      case "reconnect":
        this.#media.rebuild(params.delayMs);
        break;
      case "activeSpeakers":
        this.#speakers = params.speakers.map(({ participantId }) => participantId);
        break;
      case "participantJoined":
      case "participantUpdated":
      case "roomUpdated":
      case "trackPublished":
      case "trackSubscribed":
      case "subscriptionPermission":
      case "signal":
      case "connectionQuality":
      case "subscribedLayers":
      case "publishedLayers":
        break;
    }
  }

  #handleAnswer(tracks: Result<"offer">["tracks"]): void {
    const { connection } = this.#media;
    const { added, removed } = this.#sections.handleAnswer(tracks);
    for (const { mid } of removed) connection?.receive(mid, undefined);
    for (const { mid, trackId, participantId } of added) {
      const kind = connection?.kindOf(mid) ?? "video";
      const meter = this.#meters.get(trackId) ?? new TrackMeter(trackId, participantId, kind);
      this.#meters.set(trackId, meter);
      if (kind === "video") this.#limitLayers(trackId);
      this.#listener.handleTrack?.(trackId, kind);
      connection?.receive(mid, (packet, codec, clockRate, now) => {
        meter.handlePacket(packet, codec, clockRate, now);
        this.#listener.handlePacket?.(kind, packet, now);
      });
    }
  }

  #limitLayers(trackId: string): void {
    if (this.#maxSpatialLayer === undefined) return;
    this.#link.request("setLayers", { trackId, maxSpatialLayer: this.#maxSpatialLayer }).catch((error: SluiceError) => {
      // A track that is gone needs no limit; a lost connection is resumed, and another answer comes.
      if (error.code !== "notFound" && error.code !== "unavailable") this.#report(error);
    });
  }

  /** A track is over when the server says so; while media is being repaired it is only silent. */
  #endMeters(isOver: (meter: TrackMeter) => boolean): void {
    for (const meter of [...this.#meters.values()]) {
      if (!isOver(meter)) continue;
      this.#meters.delete(meter.trackId);
      this.#ended = addMeter(this.#ended, meter);
    }
  }

  /** Of what nobody waits for. Who leaves does not care what becomes of it. */
  #report(error: SluiceError): void {
    if (this.#state !== "leaving" && this.#state !== "closed") this.#listener.handleError?.(error);
  }

  #handleClosed(reason: LeaveReason, error: SluiceError): void {
    const before = this.#state;
    this.#state = "closed";
    this.#data.close(new SluiceError("unavailable", "the room was left"));
    this.#media.close();
    this.#endpoint.close();
    if (before === "joined") this.#listener.handleClosed?.(reason, error);
  }
}

function addMeter({ tracks, packets, lost }: ReceivedTotals, meter: TrackMeter): ReceivedTotals {
  return { tracks: tracks + 1, packets: packets + meter.packets, lost: lost + meter.lost };
}

function nothing(): void {}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
