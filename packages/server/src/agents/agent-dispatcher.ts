import {
  AvailabilityRequest,
  type AvailabilityResponse,
  JobAssignment,
  JobStatus,
  JobTermination,
  RegisterWorkerResponse,
  type ServerMessage,
  WorkerPong,
  WorkerStatus,
} from "@livekit/protocol";
import { type ErrorCode, SluiceError, type TokenClaims } from "@sluice/protocol";
import type { ApiKeys } from "../config/api-keys.js";
import { type NodeName, serverInfo } from "../livekit/server-info.js";
import type { Log } from "../log/log.js";
import type { Room } from "../room/room.js";
import type { RoomEvent } from "../room/room-event.js";
import type { Clock } from "../session/clock.js";
import { DeadlineTimer } from "../session/deadline-timer.js";
import type { Entropy } from "../session/entropy.js";
import type { RoomObserver } from "../session/room-observer.js";
import { AgentCounters } from "./agent-counters.js";
import type { AgentDispatch, DispatchOptions } from "./agent-dispatch.js";
import type { AgentEffect, AgentJob, AgentProfile, Moment } from "./agent-job.js";
import type { AgentWorker } from "./agent-worker.js";
import { JobBoard, type OfferAnswer } from "./job-board.js";
import { jobInfo } from "./job-info.js";
import { createJobToken } from "./job-token.js";
import { RoomDispatches } from "./room-dispatches.js";
import { simulatedJob } from "./simulated-job.js";
import type { WorkerCall } from "./worker-message.js";
import { workerRegistration } from "./worker-registration.js";

export interface AgentDispatcherOptions {
  readonly node: NodeName;
  readonly clock: Clock;
  readonly entropy: Pick<Entropy, "randomId" | "randomUint32">;
  readonly log: Log;
  readonly keys: ApiKeys;
}

/** What is kept of a worker's words why a job failed, characters. */
const MAX_JOB_ERROR_LENGTH = 1_024;

/** The connection of a worker, as far as it matters here. */
export interface WorkerLink {
  readonly claims: TokenClaims;
  /** Once it has registered. */
  worker: AgentWorker | undefined;
  send(message: ServerMessage["message"]): void;
  close(code: ErrorCode, reason: string): void;
}

/** Brings agents into rooms: hears of the rooms, of the workers and of the server's API, and tells workers what to do. */
export class AgentDispatcher implements RoomObserver {
  readonly counters = new AgentCounters();
  readonly #options: AgentDispatcherOptions;
  readonly #board: JobBoard;
  readonly #dispatches: RoomDispatches;
  /** By worker id. */
  readonly #links = new Map<string, WorkerLink>();
  readonly #timer: DeadlineTimer;
  #isClosed = false;

  constructor(options: AgentDispatcherOptions) {
    this.#options = options;
    const { counters } = this;
    const { entropy, clock } = options;
    this.#timer = new DeadlineTimer(clock, () => this.#run((at) => this.#board.handleTimeout(at)));
    this.#board = new JobBoard({ counters, random: () => entropy.randomUint32() / 2 ** 32 });
    this.#dispatches = new RoomDispatches({ board: this.#board, randomId: entropy.randomId, counters });
  }

  get workerCount(): number {
    return this.#board.workers.size;
  }

  /** Jobs that have not ended. */
  get jobCount(): number {
    return this.#board.jobCount;
  }

  handleRoomStarted(room: Room): void {
    this.#run((at) => this.#dispatches.handleRoomStarted(room, at));
  }

  handleRoomEvent(room: Room, event: RoomEvent): void {
    this.#run((at) => this.#dispatches.handleRoomEvent(room, event, at));
  }

  handleRoomFinished(room: Room): void {
    this.#run((at) => this.#dispatches.handleRoomFinished(room, at));
  }

  /** Throws SluiceError `notFound` for a room that is not there, `resourceExhausted` for one that has too many. */
  create(roomId: string, options: DispatchOptions): AgentDispatch {
    return this.#run((at) => this.#dispatches.create(roomId, options, at));
  }

  /** Throws SluiceError `notFound`. */
  delete(roomId: string, dispatchId: string): AgentDispatch {
    return this.#run((at) => this.#dispatches.delete(roomId, dispatchId, at));
  }

  list(roomId: string): readonly AgentDispatch[] {
    return this.#dispatches.list(roomId);
  }

  /** What a worker says. Its registration comes first, and once: its connection sees to that. */
  handleCall(link: WorkerLink, call: WorkerCall): void {
    const { worker } = link;
    if (worker === undefined) {
      if (call.case === "register") this.#register(link, call);
      return;
    }
    this.#run((at) => this.#carryOut(link, worker, call, at));
  }

  handleGone({ worker }: WorkerLink): void {
    if (worker === undefined) return;
    this.#links.delete(worker.workerId);
    this.#options.log.info({ workerId: worker.workerId, agentName: worker.agentName }, "agent worker is gone");
    this.#run((at) => this.#board.handleWorkerGone(worker, at));
  }

  close(): void {
    this.#isClosed = true;
    this.#timer.set(undefined);
  }

  #register(link: WorkerLink, { value }: Extract<WorkerCall, { readonly case: "register" }>): void {
    const { entropy, log } = this.#options;
    const workerId = entropy.randomId("AW_");
    const registration = workerRegistration(value, link.claims.iss);
    const worker: AgentWorker = { ...registration, workerId, isAvailable: true, load: 0, jobCount: 0, offers: 0 };
    try {
      this.#run((at) => {
        this.#board.handleWorkerRegistered(worker, at);
        link.worker = worker;
        this.#links.set(workerId, link);
        link.send({
          case: "register",
          value: new RegisterWorkerResponse({ workerId, serverInfo: serverInfo(this.#options.node) }),
        });
        this.#dispatches.handleWorkerRegistered(worker, at);
      });
      log.info({ workerId, agentName: worker.agentName, version: value.version }, "agent worker registered");
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      this.counters.registrationsRefused += 1;
      link.close(error.code, error.message);
    }
  }

  #carryOut(link: WorkerLink, worker: AgentWorker, call: WorkerCall, at: Moment): void {
    switch (call.case) {
      case "register":
        break;
      case "availability": {
        this.#board.handleAnswer(worker, call.value.jobId, offerAnswer(call.value), at);
        break;
      }
      case "updateWorker": {
        const { status, load, jobCount } = call.value;
        const isAvailable = status === undefined ? worker.isAvailable : status === WorkerStatus.WS_AVAILABLE;
        this.#board.handleWorkerUpdated(worker, { isAvailable, load: Math.min(Math.max(load, 0), 1), jobCount }, at);
        break;
      }
      case "updateJob": {
        const { jobId, status, error } = call.value;
        if (status === JobStatus.JS_PENDING) break;
        const isSuccess = status === JobStatus.JS_RUNNING ? undefined : status === JobStatus.JS_SUCCESS;
        this.#board.handleJobUpdate(worker, jobId, isSuccess, error.slice(0, MAX_JOB_ERROR_LENGTH), at);
        break;
      }
      case "ping":
        link.send({
          case: "pong",
          value: new WorkerPong({ lastTimestamp: call.value.timestamp, timestamp: BigInt(Math.floor(at.unixMs)) }),
        });
        break;
      case "simulateJob": {
        const job = simulatedJob(call.value, worker, this.#options.entropy.randomId);
        if (job !== undefined && this.#board.addFor(worker, job, at)) this.counters.simulatedJobs += 1;
        else this.counters.jobsRefused += 1;
        break;
      }
      case "migrateJob":
        // LiveKit's own server does not move jobs either.
        this.counters.migrationsIgnored += 1;
        break;
    }
  }

  /** One input, then everything that follows from it, then the next deadline; also when the input was refused. */
  #run<T>(input: (at: Moment) => T): T {
    const at = { now: this.#options.clock.now(), unixMs: this.#options.clock.unixMs() };
    try {
      return input(at);
    } finally {
      for (const effect of this.#board.pollEffects()) this.#apply(effect);
      this.#timer.set(this.#isClosed ? undefined : this.#board.pollTimeout());
    }
  }

  #apply(effect: AgentEffect): void {
    const link = this.#links.get(effect.worker.workerId);
    switch (effect.type) {
      case "offer":
        link?.send({ case: "availability", value: new AvailabilityRequest({ job: jobInfo(effect.job) }) });
        break;
      case "assign":
        void this.#assign(effect.worker, effect.job, effect.profile);
        break;
      case "terminate":
        link?.send({ case: "termination", value: new JobTermination({ jobId: effect.jobId }) });
        break;
    }
  }

  /** Never rejects. */
  async #assign(worker: AgentWorker, job: AgentJob, profile: AgentProfile): Promise<void> {
    const { keys, log } = this.#options;
    const { apiKey, permissions, workerId } = worker;
    try {
      const secret = keys.get(apiKey) ?? "";
      const token = await createJobToken({ key: apiKey, secret, room: job.room.name, profile, permissions });
      // While it was signed the job may have ended, and its worker have been told so.
      if (job.state.type !== "assigned") return;
      const assignment = new JobAssignment({ job: jobInfo(job), token });
      this.#links.get(workerId)?.send({ case: "assignment", value: assignment });
      log.info({ workerId, jobId: job.jobId, room: job.room.name, agentName: job.agentName }, "agent job assigned");
    } catch (error) {
      const text = error instanceof SluiceError ? error.message : "internal error";
      log.error({ workerId, jobId: job.jobId, error }, "an agent job could not be assigned");
      this.#run((at) => this.#board.finish(job, text, at));
    }
  }
}

function offerAnswer(response: AvailabilityResponse): OfferAnswer {
  if (response.terminate) return { type: "drop" };
  if (!response.available) return { type: "decline" };
  const { jobId, participantIdentity, participantName, participantMetadata, participantAttributes } = response;
  return {
    type: "accept",
    profile: {
      identity: participantIdentity === "" ? `agent-${jobId}` : participantIdentity,
      name: participantName,
      metadata: participantMetadata,
      attributes: participantAttributes,
    },
  };
}
