import {
  AvailabilityResponse,
  type Job,
  JobType,
  MigrateJobRequest,
  RegisterWorkerRequest,
  type ServerMessage,
  SimulateJobRequest,
  UpdateJobStatus,
  UpdateWorkerStatus,
  WorkerPing,
} from "@livekit/protocol";
import type { ErrorCode, TokenClaims } from "@sluice/protocol";
import type { AgentDispatcher, WorkerLink } from "../agent-dispatcher.js";
import type { AgentWorker } from "../agent-worker.js";

type Said = ServerMessage["message"];
type SaidAs<C extends Said["case"]> = Extract<Said, { readonly case: C }>["value"];

/** A worker without a network: says what its test tells it, and keeps what it was told until it is asked for. */
export class MemoryWorker implements WorkerLink {
  readonly claims: TokenClaims = { iss: "devkey", sub: "", exp: 1, video: { agent: true } };
  worker: AgentWorker | undefined;
  closed: { readonly code: ErrorCode; readonly reason: string } | undefined;
  readonly told: Said[] = [];
  readonly #dispatcher: AgentDispatcher;
  #wake: (() => void) | undefined;

  constructor(dispatcher: AgentDispatcher, registration: ConstructorParameters<typeof RegisterWorkerRequest>[0] = {}) {
    this.#dispatcher = dispatcher;
    const value = new RegisterWorkerRequest({ type: JobType.JT_ROOM, version: "1", ...registration });
    dispatcher.handleCall(this, { case: "register", value });
  }

  get workerId(): string {
    return this.worker?.workerId ?? "";
  }

  send(message: Said): void {
    this.told.push(message);
    this.#wake?.();
  }

  close(code: ErrorCode, reason: string): void {
    this.closed = { code, reason };
  }

  /** Its connection ends. */
  leave(): void {
    this.#dispatcher.handleGone(this);
  }

  /** Jobs that it was offered since the last look; all else is dropped. */
  takeOffers(): Job[] {
    return this.#take("availability").flatMap(({ job }) => job ?? []);
  }

  /** The one job that it was offered since the last look. */
  takeOffer(): Job {
    const [job, ...more] = this.takeOffers();
    if (job === undefined || more.length > 0) throw new Error(`${more.length + (job === undefined ? 0 : 1)} offers`);
    return job;
  }

  /** Ids of the jobs that it was told to end since the last look; all else is dropped. */
  takeTerminations(): string[] {
    return this.#take("termination").map(({ jobId }) => jobId);
  }

  /** The next assignment, whenever its token is signed; all else before it is dropped. */
  async nextAssignment(): Promise<SaidAs<"assignment">> {
    for (;;) {
      const next = this.told.shift();
      if (next?.case === "assignment") return next.value;
      if (next !== undefined) continue;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  answer(jobId: string, answer: ConstructorParameters<typeof AvailabilityResponse>[0] = { available: true }): void {
    this.#dispatcher.handleCall(this, { case: "availability", value: new AvailabilityResponse({ jobId, ...answer }) });
  }

  updateJob(jobId: string, status: UpdateJobStatus["status"], error = ""): void {
    this.#dispatcher.handleCall(this, { case: "updateJob", value: new UpdateJobStatus({ jobId, status, error }) });
  }

  update(status: ConstructorParameters<typeof UpdateWorkerStatus>[0]): void {
    this.#dispatcher.handleCall(this, { case: "updateWorker", value: new UpdateWorkerStatus(status) });
  }

  ping(timestamp: bigint): void {
    this.#dispatcher.handleCall(this, { case: "ping", value: new WorkerPing({ timestamp }) });
  }

  simulate(request: ConstructorParameters<typeof SimulateJobRequest>[0]): void {
    this.#dispatcher.handleCall(this, { case: "simulateJob", value: new SimulateJobRequest(request) });
  }

  migrate(...jobIds: string[]): void {
    this.#dispatcher.handleCall(this, { case: "migrateJob", value: new MigrateJobRequest({ jobIds }) });
  }

  #take<C extends Said["case"]>(wanted: C): SaidAs<C>[] {
    return this.told.splice(0).flatMap((each) => (each.case === wanted ? [each.value as SaidAs<C>] : []));
  }
}
