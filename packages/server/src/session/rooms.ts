import type { MediaEvent } from "@sluice/media";
import { type Params, type Result, SluiceError, type TokenClaims } from "@sluice/protocol";
import type { Config } from "../config/config.js";
import { roomToJoin } from "../room/permissions.js";
import type { JoinResult } from "../room/room.js";
import type { WorkerStatistics } from "../worker/messages.js";
import type { ReadyWorker, WorkerListener, WorkerPool } from "../worker/worker-pool.js";
import type { Client } from "./client.js";
import type { Clock } from "./clock.js";
import type { Entropy } from "./entropy.js";
import { notJoined, type RoomCall, RoomSession } from "./room-session.js";

export interface RoomsOptions {
  readonly config: Pick<Config, "departureTimeoutMs" | "emptyRoomTimeoutMs" | "limits">;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly workers: WorkerPool;
}

/** A client's place in a room, for the door that brought it there. */
export interface Membership {
  readonly session: RoomSession;
  readonly participantId: string;
}

/** How often a participant should ping; what was silent for three of these is gone. */
export const PING_INTERVAL_MS = 5_000;

/** All rooms of this node: they come with their first participant and go some time after their last. */
export class Rooms implements WorkerListener {
  readonly #options: RoomsOptions;
  readonly #byName = new Map<string, RoomSession>();
  readonly #byId = new Map<string, RoomSession>();
  readonly #emptyTimers = new Map<RoomSession, () => void>();
  #isClosing = false;

  constructor(options: RoomsOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#byName.size;
  }

  /** Throws SluiceError `permissionDenied`, `resourceExhausted`, or `unavailable` while the node shuts down. */
  join(
    client: Client,
    claims: TokenClaims,
    params: Params<"join">,
  ): { readonly membership: Membership; readonly result: Result<"join"> } {
    if (this.#isClosing) throw new SluiceError("unavailable", "this node is shutting down");
    const session = this.#open(roomToJoin(claims));
    try {
      const result = session.join(client, claims, params);
      return { membership: { session, participantId: result.participant.participantId }, result: joinResult(session, result) };
    } finally {
      this.#handleOccupancyChanged(session);
    }
  }

  /** The answer to joining where one is already. Throws `failedPrecondition` when that is over. */
  describe({ session, participantId }: Membership): Result<"join"> {
    return joinResult(session, session.describe(participantId));
  }

  /** Any request but `join`, `leave` and `ping`. Throws SluiceError. */
  handleCall(membership: Membership | undefined, call: RoomCall): Result<RoomCall["method"]> {
    if (membership === undefined) throw notJoined();
    const { session, participantId } = membership;
    if (call.method !== "signal" || call.params.everyRoom !== true) return session.handleCall(participantId, call);
    if (call.params.to !== undefined)
      throw new SluiceError("invalidArgument", "a signal goes to one participant or to every room");
    session.room.checkSignalEveryRoom(participantId);
    let delivered = 0;
    for (const each of this.#byName.values()) delivered += each.deliverSignal(participantId, call.params);
    return { delivered };
  }

  handleWorkerReady(): void {
    for (const session of this.#byName.values()) session.handleWorkerReady();
  }

  handleWorkerDied(worker: ReadyWorker): void {
    for (const session of this.#byName.values()) session.handleWorkerDied(worker);
  }

  handleMediaEvent(worker: ReadyWorker, event: MediaEvent): void {
    const id = event.type === "audioLevels" ? event.routerId : event.transportId;
    this.#byId.get(roomIdOf(id))?.handleMediaEvent(worker, event);
  }

  handleStatistics(worker: ReadyWorker, statistics: WorkerStatistics): void {
    const producers = groupByRoom(statistics.producers, (each) => each.producerId);
    const consumers = groupByRoom(statistics.consumers, (each) => each.consumerId);
    for (const session of this.#byName.values()) {
      if (session.media.worker !== worker) continue;
      const { roomId } = session.room;
      session.handleStatistics(producers.get(roomId) ?? new Map(), consumers.get(roomId) ?? new Map());
    }
  }

  /** Every client is told `roomClosed` with `nodeShutdown`; nobody can join any more. */
  close(): void {
    this.#isClosing = true;
    for (const session of [...this.#byName.values()]) this.#close(session, "nodeShutdown");
  }

  #open(name: string): RoomSession {
    const existing = this.#byName.get(name);
    if (existing !== undefined) return existing;
    const { config, clock, entropy, workers } = this.#options;
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
      departureTimeoutMs: config.departureTimeoutMs,
      onOccupancyChanged: () => this.#handleOccupancyChanged(session),
    });
    this.#byName.set(name, session);
    this.#byId.set(session.room.roomId, session);
    return session;
  }

  /** [RM60] An empty room is kept for a while, for whoever comes back. */
  #handleOccupancyChanged(session: RoomSession): void {
    if (!session.room.isEmpty) {
      this.#emptyTimers.get(session)?.();
      this.#emptyTimers.delete(session);
    } else if (!this.#emptyTimers.has(session) && this.#byName.get(session.room.name) === session) {
      const { clock, config } = this.#options;
      this.#emptyTimers.set(
        session,
        clock.schedule(config.emptyRoomTimeoutMs, () => this.#close(session, "roomClosed")),
      );
    }
  }

  #close(session: RoomSession, reason: "roomClosed" | "nodeShutdown"): void {
    this.#byName.delete(session.room.name);
    this.#byId.delete(session.room.roomId);
    this.#emptyTimers.get(session)?.();
    this.#emptyTimers.delete(session);
    session.close(reason);
  }
}

function joinResult({ room }: RoomSession, { participant, participants, isResumed }: JoinResult): Result<"join"> {
  return { room: room.info, participant, participants, iceServers: [], pingIntervalMs: PING_INTERVAL_MS, resumed: isResumed };
}

/** Ids at the worker begin with the room's. */
function roomIdOf(id: string): string {
  const end = id.indexOf(":");
  return end < 0 ? id : id.slice(0, end);
}

function groupByRoom<T>(items: readonly T[], idOf: (item: T) => string): Map<string, Map<string, T>> {
  const groups = new Map<string, Map<string, T>>();
  for (const item of items) {
    const id = idOf(item);
    const roomId = roomIdOf(id);
    const group = groups.get(roomId) ?? new Map<string, T>();
    groups.set(roomId, group.set(id, item));
  }
  return groups;
}
