import { JobType } from "@livekit/protocol";
import { type LeaveReason, SluiceError } from "@sluice/protocol";
import { participantInfo } from "../livekit/participant-info.js";
import { roomInfo } from "../livekit/room-info.js";
import type { Participant } from "../room/participant.js";
import type { RandomId } from "../room/random-id.js";
import type { Room } from "../room/room.js";
import type { RoomEvent } from "../room/room-event.js";
import type { AgentCounters } from "./agent-counters.js";
import { type AgentDispatch, agentKey, type DispatchOptions, dispatchOptions, targetKey } from "./agent-dispatch.js";
import type { AgentJob, Moment } from "./agent-job.js";
import type { AgentWorker } from "./agent-worker.js";
import type { JobBoard } from "./job-board.js";

export interface RoomDispatchesOptions {
  readonly board: JobBoard;
  readonly randomId: RandomId;
  readonly counters: AgentCounters;
}

/** Dispatches of one room. */
export const MAX_DISPATCHES_PER_ROOM = 64;

/**
 * An agent that has come anew, by another connection, is still there. And where the room ends its worker is told so: then the job
 * is not over before that.
 */
const STAYING_REASONS: ReadonlySet<LeaveReason> = new Set(["duplicateIdentity", "roomClosed", "roomDeleted", "nodeShutdown"]);

/** One room, as long as it is there. */
interface RoomEntry {
  readonly room: Room;
  readonly dispatches: Map<string, AgentDispatch>;
}

/**
 * Which agents are wanted in which rooms, and the jobs that come of it: one when a room starts, one for each participant, one
 * for each publisher, whatever the workers there are take. Where there is no worker yet there is no job yet. Pure but for what
 * it tells the {@link JobBoard}.
 */
export class RoomDispatches {
  readonly #options: RoomDispatchesOptions;
  readonly #rooms = new Map<string, RoomEntry>();
  /** By {@link agentKey}. */
  readonly #byAgent = new Map<string, Set<AgentDispatch>>();

  constructor(options: RoomDispatchesOptions) {
    this.#options = options;
  }

  /** Every room asks for the agents that it names, or else for those without a name. */
  handleRoomStarted(room: Room, at: Moment): void {
    const entry: RoomEntry = { room, dispatches: new Map() };
    this.#rooms.set(room.roomId, entry);
    const { agents } = room.settings;
    for (const agent of agents.length === 0 ? [{}] : agents) this.#add(entry, dispatchOptions(agent), at);
  }

  handleRoomEvent(room: Room, event: RoomEvent, at: Moment): void {
    const entry = this.#rooms.get(room.roomId);
    if (entry === undefined) return;
    switch (event.type) {
      case "participantJoined":
        for (const job of jobsOfAgent(entry, event.participant)) this.#options.board.start(job, at);
        this.#launchForAll(entry, JobType.JT_PARTICIPANT, event.participant, at);
        break;
      case "trackPublished":
        this.#launchForAll(entry, JobType.JT_PUBLISHER, event.participant, at);
        break;
      case "participantLeft":
      case "participantConnectionAborted":
        this.#handleAgentLeft(entry, event.participant, event.reason, at);
        for (const dispatch of entry.dispatches.values()) this.#forget(dispatch, event.participant.participantId, at);
        break;
      case "trackUnpublished":
        break;
    }
  }

  handleRoomFinished(room: Room, at: Moment): void {
    const entry = this.#rooms.get(room.roomId);
    this.#rooms.delete(room.roomId);
    for (const dispatch of entry?.dispatches.values() ?? []) this.#remove(dispatch, at);
  }

  /** A worker is there: rooms that wanted one of its kind have jobs for it. */
  handleWorkerRegistered(worker: AgentWorker, at: Moment): void {
    for (const dispatch of this.#byAgent.get(agentKey(worker)) ?? []) {
      const entry = this.#rooms.get(dispatch.roomId);
      if (entry !== undefined) this.#launchMissing(entry, dispatch, worker.jobType, at);
    }
  }

  /** Throws SluiceError `notFound` or `resourceExhausted`. */
  create(roomId: string, options: DispatchOptions, at: Moment): AgentDispatch {
    const dispatch = this.#add(this.#require(roomId), options, at);
    if (dispatch !== undefined) return dispatch;
    throw new SluiceError("resourceExhausted", `a room may have ${MAX_DISPATCHES_PER_ROOM} agent dispatches`);
  }

  /** Its agents are told to go. Throws SluiceError `notFound`. */
  delete(roomId: string, dispatchId: string, at: Moment): AgentDispatch {
    const entry = this.#require(roomId);
    const dispatch = entry.dispatches.get(dispatchId);
    if (dispatch === undefined) throw new SluiceError("notFound", "requested agent dispatch does not exist");
    entry.dispatches.delete(dispatchId);
    this.#remove(dispatch, at);
    return dispatch;
  }

  /** In the order of their making; none for a room that is not there. */
  list(roomId: string): readonly AgentDispatch[] {
    return [...(this.#rooms.get(roomId)?.dispatches.values() ?? [])];
  }

  #require(roomId: string): RoomEntry {
    const entry = this.#rooms.get(roomId);
    if (entry === undefined) throw new SluiceError("notFound", "requested room does not exist");
    return entry;
  }

  /** Undefined: the room has too many. */
  #add(entry: RoomEntry, options: DispatchOptions, at: Moment): AgentDispatch | undefined {
    const { counters, randomId } = this.#options;
    if (entry.dispatches.size >= MAX_DISPATCHES_PER_ROOM) {
      counters.dispatchesRefused += 1;
      return undefined;
    }
    counters.dispatchesCreated += 1;
    const { name, roomId } = entry.room;
    const dispatchId = randomId("AD_");
    const dispatch: AgentDispatch = {
      ...options,
      dispatchId,
      roomId,
      roomName: name,
      createdAtMs: at.unixMs,
      deletedAtMs: undefined,
      jobs: new Map(),
    };
    entry.dispatches.set(dispatchId, dispatch);
    const key = agentKey(dispatch);
    const same = this.#byAgent.get(key);
    if (same === undefined) this.#byAgent.set(key, new Set([dispatch]));
    else same.add(dispatch);
    for (const type of [JobType.JT_ROOM, JobType.JT_PARTICIPANT, JobType.JT_PUBLISHER]) {
      this.#launchMissing(entry, dispatch, type, at);
    }
    return dispatch;
  }

  #remove(dispatch: AgentDispatch, at: Moment): void {
    const key = agentKey(dispatch);
    const same = this.#byAgent.get(key);
    same?.delete(dispatch);
    if (same?.size === 0) this.#byAgent.delete(key);
    dispatch.deletedAtMs = at.unixMs;
    for (const job of dispatch.jobs.values()) this.#options.board.cancel(job, at);
  }

  /** All jobs of one type that this dispatch should have by now. */
  #launchMissing(entry: RoomEntry, dispatch: AgentDispatch, jobType: JobType, at: Moment): void {
    switch (jobType) {
      case JobType.JT_ROOM:
        this.#launch(entry, dispatch, jobType, undefined, at);
        break;
      case JobType.JT_PARTICIPANT:
        for (const participant of entry.room.participants) {
          if (participant.state === "active") this.#launch(entry, dispatch, jobType, participant, at);
        }
        break;
      case JobType.JT_PUBLISHER:
        for (const participant of entry.room.participants) {
          if (participant.tracks.size > 0) this.#launch(entry, dispatch, jobType, participant, at);
        }
        break;
    }
  }

  #launchForAll(entry: RoomEntry, jobType: JobType, participant: Participant, at: Moment): void {
    for (const dispatch of entry.dispatches.values()) this.#launch(entry, dispatch, jobType, participant, at);
  }

  /** One job in each namespace with workers for it, unless there was one for the same already. Agents are not for agents. */
  #launch(
    { room }: RoomEntry,
    dispatch: AgentDispatch,
    jobType: JobType,
    participant: Participant | undefined,
    at: Moment,
  ): void {
    if (participant?.isDependent === true) return;
    const { board, randomId } = this.#options;
    const { dispatchId, agentName, deployment, metadata, attributes } = dispatch;
    for (const namespace of board.workers.namespaces({ agentName, jobType, deployment })) {
      const key = targetKey(jobType, namespace, participant?.participantId);
      if (dispatch.jobs.has(key)) continue;
      const job: AgentJob = {
        jobId: randomId("AJ_"),
        dispatchId,
        agentName,
        namespace,
        jobType,
        deployment,
        metadata,
        attributes,
        room: roomInfo(room),
        participant: participant === undefined ? undefined : participantInfo(participant),
        refusedBy: new Set(),
        state: { type: "waiting", isDeclined: false },
      };
      if (board.add(job, at)) dispatch.jobs.set(key, job);
    }
  }

  /** Not every worker says when a job is over. */
  #handleAgentLeft(entry: RoomEntry, agent: Participant, reason: LeaveReason, at: Moment): void {
    if (STAYING_REASONS.has(reason)) return;
    const error = reason === "clientLeft" ? "" : `the agent left: ${reason}`;
    for (const job of jobsOfAgent(entry, agent)) this.#options.board.finish(job, error, at);
  }

  /** Who has left needs no agent. One that works for it already sees that itself; then there is nothing more to know of it. */
  #forget(dispatch: AgentDispatch, participantId: string, at: Moment): void {
    const room = this.#rooms.get(dispatch.roomId)?.room;
    for (const [key, job] of dispatch.jobs) {
      if (job.participant === undefined) continue;
      const hasLeft = job.participant.sid === participantId || room?.participant(job.participant.sid) === undefined;
      if (!hasLeft || job.state.type === "assigned") continue;
      this.#options.board.cancel(job, at);
      dispatch.jobs.delete(key);
    }
  }
}

/** Those that this participant came for. */
function jobsOfAgent({ dispatches }: RoomEntry, { isDependent, identity }: Participant): AgentJob[] {
  if (!isDependent) return [];
  const jobs = [...dispatches.values()].flatMap((dispatch) => [...dispatch.jobs.values()]);
  return jobs.filter(({ state }) => state.type === "assigned" && state.identity === identity);
}
