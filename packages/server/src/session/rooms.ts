import type { MediaEvent } from "@sluice/media";
import { type Result, type RoomStatistics, SluiceError, type TokenClaims } from "@sluice/protocol";
import { iceServersFor } from "../auth/ice-servers.js";
import type { Config } from "../config/config.js";
import type { Log } from "../log/log.js";
import type { Participant } from "../room/participant.js";
import { checkRoomAdmin, roomToJoin } from "../room/permissions.js";
import type { JoinResult } from "../room/room-options.js";
import { changeSettings, type RoomSettings, settingsOf } from "../room/room-settings.js";
import type { Tracer } from "../telemetry/tracing/tracer.js";
import type { ReadyWorker, WorkerListener, WorkerPool } from "../worker/worker-pool.js";
import type { WorkerStatistics } from "../worker/worker-statistics.js";
import type { Client } from "./client.js";
import type { Clock } from "./clock.js";
import { DataCounters } from "./data/data-counters.js";
import type { Entropy } from "./entropy.js";
import { Forwardings } from "./forwarding/forwardings.js";
import { moveParticipant } from "./forwarding/move-participant.js";
import type { JoinParameters } from "./join-parameters.js";
import type { RoomCall } from "./room-call.js";
import { defaultSettings, presetSettings } from "./room-defaults.js";
import type { RoomCloseReason, RoomObserver } from "./room-observer.js";
import { RoomSession } from "./room-session.js";
import { readingsByRoom, roomIdOf } from "./room-statistics.js";

export interface RoomsOptions {
  readonly config: Pick<Config, "resumeTimeoutMs" | "room" | "audio" | "limits" | "iceServers" | "keys">;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly workers: WorkerPool;
  readonly log: Log;
  readonly observer?: RoomObserver;
  /** Undefined: nothing is traced. */
  readonly tracer?: Tracer | undefined;
}

/** A client's place in a room, for the door that brought it there. */
export interface Membership {
  readonly session: RoomSession;
  readonly participantId: string;
}

/** Somebody has come into a room, or back. */
export interface Joined {
  readonly membership: Membership;
  readonly result: Result<"join">;
}

/** How often a participant should ping; what was silent for three of these is gone. */
export const PING_INTERVAL_MS = 5_000;

/** Tracks of which one HTTP answer tells at most, sent and received: about 5 MB. */
const MAX_TRACKS_IN_ANSWER = 20_000;

/** All rooms of this node: they come with their first participant and go some time after their last. */
export class Rooms implements WorkerListener {
  readonly dataCounters = new DataCounters();
  readonly #options: RoomsOptions;
  readonly #byName = new Map<string, RoomSession>();
  readonly #byId = new Map<string, RoomSession>();
  readonly #forwardings: Forwardings;
  readonly #emptyTimers = new Map<RoomSession, () => void>();
  #isClosing = false;

  constructor(options: RoomsOptions) {
    this.#options = options;
    this.#forwardings = new Forwardings(options);
  }

  get count(): number {
    return this.#byName.size;
  }

  /**
   * Comes into the room that the token names, which is made when it is not there [RM60].
   *
   * @throws SluiceError `permissionDenied`, `resourceExhausted`, `notFound` for a room that joining does not make, or `unavailable`
   *   while the node shuts down
   */
  join(client: Client, claims: TokenClaims, params: JoinParameters): Joined {
    this.checkJoin(claims);
    const name = roomToJoin(claims);
    const existing = this.#byName.get(name);
    if (existing !== undefined) return this.#enter(existing, client, claims, params);
    const session = this.#createSession(name, { ...this.preset(claims.roomPreset), ...settingsOf(claims.roomConfig ?? {}) });
    const joined = this.#enter(session, client, claims, params);
    this.#add(session);
    return joined;
  }

  /** Whether {@link join} would make, or find, the room. Throws SluiceError `permissionDenied`, `notFound` or `unavailable`. */
  checkJoin(claims: TokenClaims): void {
    this.#checkServing();
    const isThere = this.#byName.has(roomToJoin(claims));
    if (!isThere && !this.#options.config.room.autoCreate && claims.video.roomCreate !== true) throw noSuchRoom();
  }

  /**
   * Takes a participant up again whose signaling was lost, or takes its connection over; undefined when it is not there any more.
   * Makes no room and no participant. Throws SluiceError `permissionDenied` or `unavailable`.
   */
  resume(client: Client, claims: TokenClaims, participantId: string): Joined | undefined {
    this.#checkServing();
    const session = this.#byName.get(roomToJoin(claims));
    const participant = session?.room.participant(participantId);
    if (session === undefined || participant?.identity !== claims.sub || participant.isForwarded) return undefined;
    return this.#enter(session, client, claims, { resume: participantId });
  }

  /**
   * [RM65] A room before anybody is in it. One that is there already is given these settings and stays what it is.
   * Throws SluiceError `resourceExhausted` or `unavailable`.
   */
  create(name: string, settings: Partial<RoomSettings> = {}): RoomSession {
    this.#checkServing();
    const existing = this.#byName.get(name);
    if (existing === undefined) {
      const session = this.#createSession(name, settings);
      this.#add(session);
      return session;
    }
    existing.command((room) => room.configure(settings));
    this.#stopWaiting(existing);
    this.#handleOccupancyChanged(existing);
    return existing;
  }

  /** [RM66] Everybody in it is told `roomDeleted`. Throws SluiceError `notFound`. */
  delete(name: string): void {
    const session = this.#byName.get(name);
    if (session === undefined) throw noSuchRoom();
    this.#close(session, "roomDeleted");
  }

  /**
   * [RM90] The participant is in the other room too, which is made when it is not there and rooms make themselves. Forwarding again
   * is forwarding once. Throws SluiceError `notFound`, `invalidArgument`, `alreadyExists` or `resourceExhausted`.
   */
  forwardParticipant(name: string, identity: string, destinationRoom: string): void {
    this.#checkServing();
    const [source, participant] = this.#pathBetween(name, identity, destinationRoom);
    this.#forwardings.forward(source, participant, this.#destination(destinationRoom));
  }

  /**
   * [RM98] Its client goes on in the other room, which is made when it is not there and rooms make themselves. Rejects with
   * SluiceError `notFound`, `invalidArgument` for the same room, `resourceExhausted`, or `failedPrecondition` for who is away.
   */
  async moveParticipant(name: string, identity: string, destinationRoom: string): Promise<void> {
    this.#checkServing();
    const { config, clock } = this.#options;
    const [source, participant] = this.#pathBetween(name, identity, destinationRoom);
    this.#destination(destinationRoom);
    await moveParticipant({ source, participant, destinationRoom, keys: config.keys, nowUnixSeconds: clock.unixMs() / 1000 });
  }

  /** Settings by their name in the configuration; none by an empty one. Throws SluiceError `invalidArgument`. */
  preset(name = ""): Partial<RoomSettings> {
    return presetSettings(this.#options.config.room, name);
  }

  find(name: string): RoomSession | undefined {
    return this.#byName.get(name);
  }

  /** All rooms, or those of these names that are there, in the order in which they were made. */
  list(names?: readonly string[]): RoomSession[] {
    const sessions = [...this.#byName.values()];
    if (names === undefined) return sessions;
    const wanted = new Set(names);
    return sessions.filter(({ room }) => wanted.has(room.name));
  }

  /** The answer to joining where one is already. Throws `failedPrecondition` when that is over. */
  describe({ session, participantId }: Membership): Result<"join"> {
    return this.#joinResult(session, session.describe(participantId));
  }

  /** Any request but `join`, `leave` and `ping`. Throws SluiceError. */
  handleCall(membership: Membership | undefined, call: RoomCall): Result<RoomCall["method"]> {
    if (membership === undefined) throw new SluiceError("failedPrecondition", "not in a room: join first");
    const { session, participantId } = membership;
    if (call.method !== "signal" || call.params.everyRoom !== true) return session.handleCall(participantId, call);
    if (call.params.to !== undefined)
      throw new SluiceError("invalidArgument", "a signal goes to one participant or to every room");
    session.room.checkSignalEveryRoom(participantId);
    let delivered = 0;
    for (const each of this.#byName.values()) delivered += each.deliverSignal(participantId, call.params);
    return { delivered };
  }

  /**
   * One room's media in numbers, of everybody or of one identity. Throws SluiceError `permissionDenied` without the grant
   * `roomAdmin` for it, `notFound`, and `resourceExhausted` for more than {@link MAX_TRACKS_IN_ANSWER} tracks.
   */
  statisticsOf(claims: TokenClaims, name: string, identity?: string): RoomStatistics {
    checkRoomAdmin(claims, name);
    const session = this.#byName.get(name);
    if (session === undefined) throw new SluiceError("notFound", `there is no room "${name}" on this node`);
    const isWanted = (each: { readonly identity: string }) => identity === undefined || each.identity === identity;
    const statistics = session.describeStatistics(MAX_TRACKS_IN_ANSWER, isWanted);
    if (identity !== undefined && statistics.length === 0) {
      throw new SluiceError("notFound", `there is no participant "${identity}" in this room`);
    }
    return { room: session.room.info, participants: session.room.participants.map(({ info }) => info), statistics };
  }

  handleWorkerReady(): void {
    for (const session of this.#byName.values()) session.handleWorkerReady();
  }

  handleWorkerDied(worker: ReadyWorker): void {
    for (const session of this.#byName.values()) session.handleWorkerDied(worker);
    this.#forwardings.handleWorkerDied(worker);
  }

  handleMediaEvent(worker: ReadyWorker, event: MediaEvent): void {
    const session = this.#byId.get(roomIdOf(subjectOf(event)));
    if (session === undefined) this.#forwardings.handleMediaEvent(event);
    else session.handleMediaEvent(worker, event);
  }

  handleStatistics(worker: ReadyWorker, statistics: WorkerStatistics): void {
    for (const [roomId, reading] of readingsByRoom(statistics)) {
      const session = this.#byId.get(roomId);
      if (session?.media.worker === worker) session.handleReading(reading);
    }
  }

  /** Every client is told `roomClosed` with `nodeShutdown`; nobody can join any more. */
  close(): void {
    this.#isClosing = true;
    for (const session of [...this.#byName.values()]) this.#close(session, "nodeShutdown");
  }

  /** Who is to be in another room than this one, and where it is. */
  #pathBetween(name: string, identity: string, destinationRoom: string): [RoomSession, Participant] {
    const session = this.#byName.get(name);
    if (session === undefined) throw noSuchRoom();
    const participant = session.room.withIdentity(identity);
    if (participant === undefined) throw new SluiceError("notFound", `there is no participant "${identity}" in this room`);
    if (name === destinationRoom) throw new SluiceError("invalidArgument", "the destination is the room it is in");
    return [session, participant];
  }

  #destination(name: string): RoomSession {
    const existing = this.#byName.get(name);
    if (existing === undefined && !this.#options.config.room.autoCreate) throw noSuchRoom();
    return existing ?? this.create(name);
  }

  #enter(session: RoomSession, client: Client, claims: TokenClaims, params: JoinParameters): Joined {
    const result = session.join(client, claims, params);
    const { participantId } = result.participant;
    return { membership: { session, participantId }, result: this.#joinResult(session, result) };
  }

  #joinResult({ room }: RoomSession, { participant, participants, isResumed }: JoinResult): Result<"join"> {
    const { config, clock } = this.#options;
    const iceServers = iceServersFor(config.iceServers, participant.participantId, clock.unixMs() / 1000);
    return { room: room.info, participant, participants, iceServers, pingIntervalMs: PING_INTERVAL_MS, resumed: isResumed };
  }

  #checkServing(): void {
    if (this.#isClosing) throw new SluiceError("unavailable", "this node is shutting down");
  }

  #createSession(name: string, settings: Partial<RoomSettings>): RoomSession {
    const { config, clock, entropy, workers, log, observer, tracer } = this.#options;
    if (this.#byName.size >= config.limits.rooms) {
      throw new SluiceError("resourceExhausted", `this node may have ${config.limits.rooms} rooms`);
    }
    const session: RoomSession = new RoomSession({
      name,
      clock,
      entropy,
      workers,
      maxParticipants: config.limits.participantsPerRoom,
      maxTracks: config.limits.tracksPerParticipant,
      resumeTimeoutMs: config.resumeTimeoutMs,
      settings: changeSettings(defaultSettings(config.room), settings),
      audio: config.audio,
      dataCounters: this.dataCounters,
      log,
      tracer,
      onOccupancyChanged: () => this.#handleOccupancyChanged(session),
      onEvent: (event) => {
        this.#forwardings.handleRoomEvent(session, event);
        observer?.handleRoomEvent(session.room, event);
      },
      onBroadcast: (participantId, data) => this.#forwardings.handleBroadcast(session, participantId, data),
      onSettled: () => this.#forwardings.handleSettled(session),
    });
    return session;
  }

  /** Now there is such a room: one that nobody could enter never was. */
  #add(session: RoomSession): void {
    this.#byName.set(session.room.name, session);
    this.#byId.set(session.room.roomId, session);
    this.#options.observer?.handleRoomStarted(session.room);
    this.#handleOccupancyChanged(session);
  }

  /** [RM60] An empty room is kept for a while, for whoever comes, or comes back. */
  #handleOccupancyChanged(session: RoomSession): void {
    if (!session.room.isEmpty) {
      this.#stopWaiting(session);
    } else if (!this.#emptyTimers.has(session) && this.#byName.get(session.room.name) === session) {
      const close = () => this.#close(session, "roomClosed");
      this.#emptyTimers.set(session, this.#options.clock.schedule(session.room.emptyTimeoutMs, close));
    }
  }

  #stopWaiting(session: RoomSession): void {
    this.#emptyTimers.get(session)?.();
    this.#emptyTimers.delete(session);
  }

  #close(session: RoomSession, reason: RoomCloseReason): void {
    this.#byName.delete(session.room.name);
    this.#byId.delete(session.room.roomId);
    this.#stopWaiting(session);
    session.close(reason);
    this.#options.observer?.handleRoomFinished(session.room, reason);
  }
}

function noSuchRoom(): SluiceError {
  return new SluiceError("notFound", "requested room does not exist");
}

/** The id of the object at the worker that an event is about; every such id begins with its room's. */
function subjectOf(event: MediaEvent): string {
  switch (event.type) {
    case "transportState":
    case "dataChannelOpened":
    case "dataChannelClosed":
    case "dataMessage":
    case "dataDropped":
      return event.transportId;
    case "consumerLayers":
      return event.consumerId;
    case "audioLevels":
    case "dominantSpeaker":
      return event.routerId;
  }
}
