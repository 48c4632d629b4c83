import { earliest, type Instant, type MediaEvent } from "@sluice/media";
import type { LeaveReason, Params, ParticipantStats, Result, TokenClaims, TrackInfo } from "@sluice/protocol";
import type { Log } from "../log/log.js";
import type { RoomEffect } from "../room/effect.js";
import type { Participant } from "../room/participant.js";
import { Room } from "../room/room.js";
import type { RoomEvent } from "../room/room-event.js";
import type { JoinResult } from "../room/room-options.js";
import type { RoomSettings } from "../room/room-settings.js";
import type { TrackDetails } from "../room/track-details.js";
import type { Tracer } from "../telemetry/tracing/tracer.js";
import type { ReadyWorker, WorkerPool } from "../worker/worker-pool.js";
import type { Client } from "./client.js";
import type { Clock } from "./clock.js";
import { ConnectionQualities } from "./connection-qualities.js";
import type { BroadcastData } from "./data/broadcast-data.js";
import type { DataCounters } from "./data/data-counters.js";
import type { ReceivedState } from "./data/replay-cache.js";
import { RoomData } from "./data/room-data.js";
import type { ServerData } from "./data/server-data.js";
import type { RpcOutcome, ServerCall } from "./data/server-rpc.js";
import { DeadlineTimer } from "./deadline-timer.js";
import type { Entropy } from "./entropy.js";
import type { JoinParameters } from "./join-parameters.js";
import type { NamedSections } from "./negotiated-tracks.js";
import { describeParticipants, type StatisticsSources, samplesOf } from "./participant-statistics.js";
import { carryOut, type RoomCall, type RoomCallTarget } from "./room-call.js";
import { RoomClients } from "./room-clients.js";
import { RoomCounts } from "./room-counts.js";
import { RoomMedia } from "./room-media.js";
import type { RoomCloseReason } from "./room-observer.js";
import type { ClientAnswer } from "./room-offers.js";
import { RoomSpeakers, type RoomSpeakersOptions } from "./room-speakers.js";
import { type RoomReading, RoomStatistics } from "./room-statistics.js";

export interface RoomSessionOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly workers: WorkerPool;
  readonly maxParticipants: number;
  readonly maxTracks: number;
  readonly resumeTimeoutMs: number;
  readonly settings: RoomSettings;
  readonly audio: RoomSpeakersOptions["audio"];
  readonly dataCounters: DataCounters;
  readonly log: Log;
  /** Undefined: nothing is traced. */
  readonly tracer: Tracer | undefined;
  /** Nobody is in the room any more, or somebody is again. */
  readonly onOccupancyChanged: () => void;
  readonly onEvent: (event: RoomEvent) => void;
  /** A participant has sent something to everybody else. */
  readonly onBroadcast: (participantId: string, data: BroadcastData) => void;
  /** An input and all that follows from it is done. */
  readonly onSettled: () => void;
}

/** Tracks whose statistics one answer tells at most: about half of what may wait for one client. */
const MAX_TRACKS_IN_MESSAGE = 2_000;

/** One room at work: the pure {@link Room}, its media, its clients and its clock. One input at a time, effects drained after each. */
export class RoomSession {
  readonly room: Room;
  readonly media: RoomMedia;
  readonly qualities: ConnectionQualities;
  readonly #data: RoomData;
  readonly #options: RoomSessionOptions;
  readonly #clients = new RoomClients();
  readonly #speakers: RoomSpeakers;
  readonly #counts: RoomCounts;
  readonly #statistics = new RoomStatistics();
  readonly #sources: StatisticsSources;
  readonly #timer: DeadlineTimer;
  readonly #callTarget: RoomCallTarget;

  constructor(options: RoomSessionOptions) {
    this.#options = options;
    this.#timer = new DeadlineTimer(options.clock, () => this.#handleTimeout());
    const { entropy, workers, clock, name, maxParticipants, maxTracks, resumeTimeoutMs, settings } = options;
    this.room = new Room({
      name,
      randomId: entropy.randomId,
      createdAtMs: clock.unixMs(),
      maxParticipants,
      maxTracks,
      resumeTimeoutMs,
      settings,
    });
    this.qualities = new ConnectionQualities(this.room);
    this.media = new RoomMedia({
      room: this.room,
      workers,
      entropy,
      audio: options.audio,
      tracer: options.tracer,
      notify: (participantIds, notification) => this.room.announce(participantIds, notification),
      sendOffer: (participantId, offer) => this.#clients.addOffer(participantId, offer),
    });
    const { room, media } = this;
    const { dataCounters: counters, log } = options;
    this.#data = new RoomData({ room, media, counters, log, randomId: entropy.randomId, onBroadcast: options.onBroadcast });
    this.#speakers = new RoomSpeakers({ room, audio: options.audio, trackOf: (producerId) => media.trackOf(producerId) });
    this.#counts = new RoomCounts(room);
    this.#callTarget = {
      room,
      media,
      data: this.#data,
      qualities: this.qualities,
      publish: (participantId, params) => this.#publish(participantId, params),
      statistics: (isWanted) => this.describeStatistics(MAX_TRACKS_IN_MESSAGE, isWanted),
    };
    this.#sources = {
      room,
      statistics: this.#statistics,
      producerIdOf: (trackId) => media.producers.get(trackId)?.producerId,
      isPictureDue: (trackId) => media.isPictureDue(trackId, options.clock.now()),
    };
  }

  /** Throws SluiceError `permissionDenied` or `resourceExhausted`. */
  join(client: Client, claims: TokenClaims, params: JoinParameters): JoinResult {
    return this.#step("join", () => {
      const result = this.room.join(claims, params, this.#options.clock.unixMs());
      const { participantId } = result.participant;
      const before = this.#clients.get(participantId);
      this.#clients.set(participantId, client);
      if (result.isResumed) {
        if (before !== client) before?.close("alreadyExists", "resumed on another connection");
        this.qualities.set(participantId, this.media.participants.get(participantId)?.quality.quality ?? "excellent");
        this.media.handleResumed(participantId, this.#options.clock.now());
        this.#data.handleResumed(participantId);
      } else {
        this.media.handleJoined(participantId, params, this.#options.clock.now());
        this.#data.handleJoined(participantId, params.dataFormat ?? "sluice", this.#options.clock.now());
      }
      this.#speakers.handleJoined(participantId, result.isResumed);
      this.qualities.tell(participantId, result.isResumed);
      this.#options.onOccupancyChanged();
      return result;
    });
  }

  /** What `join` would answer now to a participant who is in the room. */
  describe(participantId: string): JoinResult {
    return this.room.describe(participantId, false);
  }

  /** Everything a participant may ask for here. Throws SluiceError. */
  handleCall(participantId: string, call: RoomCall): Result<RoomCall["method"]> {
    return this.#step(call.method, () => carryOut(this.#callTarget, participantId, call, this.#options.clock.now()));
  }

  /**
   * A client's answer to `Client.sendOffer`; one to another offer than the last is late, and ignored. Throws SluiceError
   * `invalidArgument` or `unsupported`, and `failedPrecondition` for who is not in the room.
   */
  handleAnswer(participantId: string, answer: ClientAnswer): void {
    this.#step("answer", () => {
      this.room.checkJoined(participantId);
      this.media.handleAnswer(participantId, answer, this.#options.clock.now());
    });
  }

  /**
   * Sections of the participant's last offer get the tracks that it has published since, and its answer stays. Throws SluiceError
   * as an offer does, and `failedPrecondition` before the first one.
   */
  bindTracks(participantId: string, tracks: NamedSections): void {
    this.#step("bindTracks", () => {
      this.room.checkJoined(participantId);
      this.media.bindTracks(participantId, tracks, this.#options.clock.now());
    });
  }

  /** [RM97] What a participant that is only forwarded here has sent to everybody where it comes from. */
  handleForwardedData(participantId: string, data: BroadcastData): void {
    this.#run(() => this.#data.handleForwarded(participantId, data, this.#options.clock.now()));
  }

  leave(participantId: string, reason: LeaveReason = "clientLeft"): void {
    this.#step("leave", () => this.room.leave(participantId, reason));
  }

  /** A command of the room itself, for the server's API and for doors: what follows from it is done before it returns. */
  command<T>(run: (room: Room) => T): T {
    return this.#step("command", () => run(this.room));
  }

  /** `publish` with what only some doors know of a track. Throws as `Room.publish`. */
  publish(participantId: string, params: Params<"publish">, details?: Partial<TrackDetails>): TrackInfo {
    return this.#step("publish", () => this.#publish(participantId, params, details));
  }

  /** By the server's API, to LiveKit's and our own clients alike. Throws SluiceError `invalidArgument` or `resourceExhausted`. */
  sendServerData(data: ServerData): void {
    this.#step("sendData", () => this.#data.sendFromServer(data, this.#options.clock.now()));
  }

  /** Calls a method of a LiveKit client; see {@link ServerRpc}. Throws SluiceError `invalidArgument` or `resourceExhausted`. */
  performRpc(call: ServerCall, onOutcome: (outcome: RpcOutcome) => void): void {
    this.#step("performRpc", () => this.#data.performRpc(call, onOutcome, this.#options.clock.now()));
  }

  /** Of the reliable packets that a LiveKit participant has sent; 0: none that are numbered. */
  lastReliableSequence(participantId: string): number {
    return this.#data.lastReliableSequence(participantId);
  }

  /** Of reliable packets, to a LiveKit participant that has just resumed and says what it has: what it has missed of the last seconds. */
  replayData(participantId: string, states: readonly ReceivedState[]): void {
    this.#run(() => this.#data.replay(participantId, states, this.#options.clock.now()));
  }

  /**
   * What the participant is sent fits into so many bit/s from now on, until it receives in another connection; undefined: no limit.
   * Nothing happens while it has no connection.
   */
  limitBandwidth(participantId: string, limitBps: number | undefined): void {
    const transport = this.media.transportOf(participantId);
    if (transport === undefined) return;
    const limit = limitBps === undefined ? {} : { limitBps };
    this.media.worker?.send({ type: "limitBandwidth", transportId: transport.transportId, ...limit });
  }

  /** The participant's page is going away. Nothing happens when it is here by another connection by now. */
  leaveAs(participantId: string, client: Client): void {
    if (this.#clients.get(participantId) === client) this.leave(participantId);
  }

  /** The connection is gone; nothing happens when the participant has another one by now. */
  handleClientGone(participantId: string, client: Client): void {
    if (this.#clients.get(participantId) !== client) return;
    this.#run(() => {
      this.#clients.remove(participantId);
      this.room.handleConnectionLost(participantId, this.#options.clock.now());
      this.qualities.set(participantId, "lost");
    });
  }

  /** A signal from another room of this node, or from here. Returns how many it was handed to. */
  deliverSignal(from: string, call: Params<"signal">): number {
    return this.#run(() => this.room.deliverSignal(from, call.type, call.data));
  }

  handleMediaEvent(worker: ReadyWorker, event: MediaEvent): void {
    this.#run(() => {
      const lostId = this.media.handleMediaEvent(worker, event, this.#options.clock.now());
      if (lostId !== undefined) this.#handleTransportLost(lostId);
      if (worker !== this.media.worker) return;
      this.#data.handleMediaEvent(event, this.#options.clock.now());
      this.#speakers.handleMediaEvent(event, this.#options.clock.now());
      if (event.type === "transportState" && event.state.type === "connected") this.#handleConnected(event.transportId);
    });
  }

  /** What the room's worker counted, once a second. */
  handleReading(reading: RoomReading): void {
    this.#run(() => {
      this.#statistics.handleReading(reading);
      for (const media of this.media.participants.values()) {
        if (media.transports.length === 0 || this.#clients.get(media.participantId) === undefined) continue;
        const { samples } = samplesOf(this.#sources, media);
        this.qualities.set(media.participantId, media.quality.measure(samples, this.#statistics.seconds));
      }
    });
  }

  /**
   * How the media of participants does, by the last reading. Throws `resourceExhausted` when they have more than `maxTracks`
   * tracks, sent and received.
   */
  describeStatistics(maxTracks: number, isWanted: (participant: Participant) => boolean = () => true): ParticipantStats[] {
    const wanted = this.room.participants.filter(isWanted);
    const qualityOf = (participantId: string) => this.qualities.get(participantId);
    return describeParticipants(this.#sources, wanted, this.media.participants, qualityOf, maxTracks);
  }

  handleWorkerDied(worker: ReadyWorker): void {
    this.#run(() => {
      if (worker === this.media.worker) {
        this.#speakers.handleWorkerDied();
        for (const { participantId, form } of this.media.participants.values())
          if (form.endsWithTransport) this.room.leave(participantId, "connectionLost");
      }
      this.media.handleWorkerDied(worker, this.#options.clock.now());
    });
  }

  handleWorkerReady(): void {
    this.#run(() => this.media.handleWorkerReady(this.#options.clock.now()));
  }

  /** Everybody is told, every connection ends, the Router is closed. */
  close(reason: RoomCloseReason): void {
    this.#run(() => this.room.close(reason));
    this.media.close();
    this.#timer.set(undefined);
  }

  #publish(participantId: string, params: Params<"publish">, details?: Partial<TrackDetails>): TrackInfo {
    const track = this.room.publish(participantId, params, details);
    this.qualities.repeat(participantId);
    return track;
  }

  #handleTransportLost(participantId: string): void {
    this.qualities.set(participantId, "lost");
    if (this.media.participants.get(participantId)?.form.endsWithTransport) this.room.leave(participantId, "connectionLost");
  }

  /** [RM74] */
  #handleConnected(transportId: string): void {
    const owned = this.media.transport(transportId);
    const participant = this.room.participant(owned?.participant.participantId ?? "");
    if (owned === undefined || participant === undefined) return;
    const { canSubscribe } = participant.permissions;
    if (owned.participant.isConnectedBy(owned.transport, canSubscribe)) this.room.setActive(participant.participantId);
  }

  /** {@link RoomSession.#run} for what somebody asks for: in a span of its own, when it is traced. */
  #step<T>(name: string, input: () => T): T {
    const { tracer } = this.#options;
    if (tracer?.active === undefined) return this.#run(input);
    return tracer.step(`room ${name}`, () => this.#run(input), { "sluice.room.id": this.room.roomId });
  }

  /** One input, then everything that follows from it, then the next deadline; also when the input was refused. */
  #run<T>(input: () => T): T {
    try {
      return input();
    } finally {
      for (let effects = this.room.pollEffects(); effects.length > 0; effects = this.room.pollEffects()) {
        for (const effect of effects) this.#apply(effect);
      }
      this.#clients.sendOffers();
      this.#schedule();
      this.#options.onSettled();
    }
  }

  #apply(effect: RoomEffect): void {
    const now = this.#options.clock.now();
    switch (effect.type) {
      case "notify":
        this.#clients.notify(effect.participantIds, effect.notification);
        break;
      case "wantedTracksChanged":
        this.media.handleWantedTracksChanged(effect.participantId, now);
        break;
      case "trackPaused":
        this.media.handleTrackPaused(effect.trackId, effect.isPaused);
        break;
      case "wishChanged":
        this.media.handleWishChanged(effect.participantId, effect.trackId);
        break;
      case "demandChanged":
        this.media.handleDemandChanged(effect.trackId, now);
        break;
      case "layersAnnounced":
        this.media.handleLayersAnnounced(effect.trackId, now);
        break;
      case "trackClosed":
        this.media.handleTrackClosed(effect.trackId);
        break;
      case "happened":
        this.#options.onEvent(effect.event);
        break;
      case "countsChanged":
        this.#counts.handleChanged(now);
        break;
      case "participantClosed": {
        this.media.handleParticipantClosed(effect.participantId, now);
        this.#data.handleParticipantClosed(effect.participantId);
        this.qualities.remove(effect.participantId);
        this.#speakers.handleParticipantClosed(effect.participantId);
        this.#clients.dismiss(effect.participantId, effect.reason);
        this.#options.onOccupancyChanged();
        break;
      }
    }
  }

  #schedule(): void {
    const sources = [this.room, this.media, this.#data, this.#speakers, this.#counts];
    this.#timer.set(sources.reduce<Instant | undefined>((first, source) => earliest(first, source.pollTimeout()), undefined));
  }

  #handleTimeout(): void {
    this.#run(() => {
      const now = this.#options.clock.now();
      this.room.handleTimeout(now);
      this.media.handleTimeout(now);
      this.#data.handleTimeout(now);
      this.#speakers.handleTimeout(now);
      this.#counts.handleTimeout(now);
    });
  }
}
