import { after, type Instant } from "@sluice/media";
import type { AgentCounters } from "./agent-counters.js";
import type { AgentEffect, AgentJob, AgentProfile, JobState, Moment } from "./agent-job.js";
import { type AgentWorker, kindKey } from "./agent-worker.js";
import { MAX_OFFERS_PER_WORKER, WorkerRegistry } from "./worker-registry.js";

export interface JobBoardOptions {
  readonly counters: AgentCounters;
  /** 0 up to, not including, 1. */
  readonly random: () => number;
}

/** What a worker answers to an offer. */
export type OfferAnswer =
  | { readonly type: "accept"; readonly profile: AgentProfile }
  | { readonly type: "decline" }
  /** Nobody else is to be asked. */
  | { readonly type: "drop" };

/** Jobs on one node that have not ended. */
const MAX_JOBS = 20_000;
/** With so many jobs a worker need not make up any to try itself; what it says of a room for each is kept as long as the job. */
export const MAX_JOBS_FOR_SIMULATION = 64;
/** How long a worker may think about an offer, ms. Then the next one is asked. */
export const OFFER_TIMEOUT_MS = 10_000;

/**
 * Who does which job. A job is offered to one worker of its kind at a time, and waits while there is none that could be asked.
 * Pure: what is to be said to workers comes out of {@link pollEffects}.
 */
export class JobBoard {
  readonly workers = new WorkerRegistry();
  readonly #options: JobBoardOptions;
  /** Those that have not ended. */
  readonly #jobs = new Map<string, AgentJob>();
  /** By kind: somebody may take these as soon as there is room. */
  readonly #waiting = new Map<string, Set<AgentJob>>();
  /** By kind: everybody who is there has declined these. They are not looked at until somebody comes or has room again. */
  readonly #declined = new Map<string, Set<AgentJob>>();
  /** The one that was offered first comes first: all have the same time to be answered. */
  readonly #offered = new Set<AgentJob>();
  readonly #byWorker = new Map<string, Set<AgentJob>>();
  #effects: AgentEffect[] = [];

  constructor(options: JobBoardOptions) {
    this.#options = options;
  }

  get jobCount(): number {
    return this.#jobs.size;
  }

  pollEffects(): readonly AgentEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    // With many jobs cancelled at once, some were offered in between: nobody has to know.
    return effects.filter((effect) => effect.type !== "offer" || isOfferedTo(effect.job, effect.worker));
  }

  pollTimeout(): Instant | undefined {
    const [first] = this.#offered;
    return first?.state.type === "offered" ? first.state.deadline : undefined;
  }

  /** Who did not answer in time is taken to have declined. */
  handleTimeout(at: Moment): void {
    for (const job of [...this.#offered]) {
      if (job.state.type !== "offered" || job.state.deadline > at.now) return;
      this.#options.counters.offersTimedOut += 1;
      const { worker } = job.state;
      this.#refuse(job, worker, at);
      this.#offerWaiting(worker, at);
    }
  }

  /** False: there are too many, and this one is not taken. */
  add(job: AgentJob, at: Moment): boolean {
    if (this.#jobs.size >= MAX_JOBS) {
      this.#options.counters.jobsRefused += 1;
      return false;
    }
    this.#options.counters.jobsCreated += 1;
    this.#jobs.set(job.jobId, job);
    this.#offer(job, at);
    return true;
  }

  /** A job that one worker made up for itself. False: there are too many. */
  addFor(worker: AgentWorker, job: AgentJob, at: Moment): boolean {
    const ownJobs = this.#byWorker.get(worker.workerId)?.size ?? 0;
    if (ownJobs >= MAX_JOBS_FOR_SIMULATION || this.#jobs.size >= MAX_JOBS || worker.offers >= MAX_OFFERS_PER_WORKER)
      return false;
    this.#jobs.set(job.jobId, job);
    this.#offerTo(worker, job, at);
    return true;
  }

  /** It is no longer wanted: whoever does it is told. */
  cancel(job: AgentJob, at: Moment): void {
    const { state } = job;
    if (state.type === "ended") return;
    if (state.type === "assigned") {
      this.#options.counters.terminations += 1;
      this.#effects.push({ type: "terminate", worker: state.worker, jobId: job.jobId });
    }
    this.#end(job, true, "", at);
    if (state.type === "offered") this.#offerWaiting(state.worker, at);
  }

  /** Throws SluiceError `resourceExhausted`. */
  handleWorkerRegistered(worker: AgentWorker, at: Moment): void {
    this.workers.add(worker);
    this.#options.counters.workersRegistered += 1;
    this.#reconsiderDeclined(worker);
    this.#offerWaiting(worker, at);
  }

  /** What it was offered goes to others; what it had taken has failed. */
  handleWorkerGone(worker: AgentWorker, at: Moment): void {
    this.workers.remove(worker.workerId);
    for (const jobs of [this.#waiting, this.#declined]) {
      for (const job of jobs.get(kindKey(worker)) ?? []) job.refusedBy.delete(worker.workerId);
    }
    for (const job of [...(this.#byWorker.get(worker.workerId) ?? [])]) {
      if (job.state.type === "offered") this.#refuse(job, worker, at);
      else this.#end(job, false, "the worker is gone", at);
    }
  }

  /** One that has room again is asked again for what it declined. */
  handleWorkerUpdated(worker: AgentWorker, changes: Pick<AgentWorker, "isAvailable" | "load" | "jobCount">, at: Moment): void {
    const wasAvailable = worker.isAvailable;
    worker.isAvailable = changes.isAvailable;
    worker.load = changes.load;
    worker.jobCount = changes.jobCount;
    if (wasAvailable || !worker.isAvailable) return;
    this.#reconsiderDeclined(worker);
    this.#offerWaiting(worker, at);
  }

  handleAnswer(worker: AgentWorker, jobId: string, answer: OfferAnswer, at: Moment): void {
    const { counters } = this.#options;
    const job = this.#jobs.get(jobId);
    if (job === undefined || !isOfferedTo(job, worker)) {
      counters.strayAnswers += 1;
      return;
    }
    switch (answer.type) {
      case "accept":
        counters.assignments += 1;
        this.#leaveState(job);
        this.#enterState(job, { type: "assigned", worker, identity: answer.profile.identity, startedAtMs: undefined });
        this.#effects.push({ type: "assign", worker, job, profile: answer.profile });
        break;
      case "decline":
        counters.offersDeclined += 1;
        this.#refuse(job, worker, at);
        break;
      case "drop":
        this.#end(job, true, "", at);
        break;
    }
    this.#offerWaiting(worker, at);
  }

  /** `isSuccess` undefined: it runs. */
  handleJobUpdate(worker: AgentWorker, jobId: string, isSuccess: boolean | undefined, error: string, at: Moment): void {
    const job = this.#jobs.get(jobId);
    if (job?.state.type !== "assigned" || job.state.worker !== worker) {
      this.#options.counters.strayAnswers += 1;
      return;
    }
    if (isSuccess !== undefined) this.#end(job, isSuccess, error, at);
    else this.start(job, at);
  }

  /** It runs, whether its worker says so or not. */
  start(job: AgentJob, at: Moment): void {
    if (job.state.type === "assigned") job.state = { ...job.state, startedAtMs: job.state.startedAtMs ?? at.unixMs };
  }

  /** It is over, and not by a word of its worker; `error` is empty when it went well. */
  finish(job: AgentJob, error: string, at: Moment): void {
    if (job.state.type === "assigned") this.#end(job, error === "", error, at);
  }

  #refuse(job: AgentJob, worker: AgentWorker, at: Moment): void {
    // A job without a dispatch is the worker's own.
    if (job.dispatchId === "") {
      this.#end(job, false, "the worker declined its own job", at);
      return;
    }
    this.#leaveState(job);
    if (this.workers.get(worker.workerId) !== undefined) job.refusedBy.add(worker.workerId);
    this.#offer(job, at);
  }

  #offer(job: AgentJob, at: Moment): void {
    const worker = this.workers.choose(job, job.refusedBy, this.#options.random());
    if (worker !== undefined) this.#offerTo(worker, job, at);
    else this.#enterState(job, { type: "waiting", isDeclined: this.workers.haveDeclined(job, job.refusedBy) });
  }

  #offerTo(worker: AgentWorker, job: AgentJob, at: Moment): void {
    this.#options.counters.offers += 1;
    this.#enterState(job, { type: "offered", worker, deadline: after(at.now, OFFER_TIMEOUT_MS) });
    this.#effects.push({ type: "offer", worker, job });
  }

  /** To workers of this one's kind, as long as there is one that may be asked. */
  #offerWaiting(worker: AgentWorker, at: Moment): void {
    const waiting = this.#waiting.get(kindKey(worker));
    // Whoever cannot be offered after all comes to the end of the set again.
    let left = waiting?.size ?? 0;
    for (const job of waiting ?? []) {
      if (left === 0 || !this.workers.canOffer(worker)) return;
      left -= 1;
      this.#leaveState(job);
      this.#offer(job, at);
    }
  }

  /** Jobs of this worker's kind that everybody declined: it may be asked, again or for the first time. */
  #reconsiderDeclined(worker: AgentWorker): void {
    for (const jobs of [this.#waiting, this.#declined]) {
      for (const job of jobs.get(kindKey(worker)) ?? []) job.refusedBy.delete(worker.workerId);
    }
    for (const job of [...(this.#declined.get(kindKey(worker)) ?? [])]) {
      this.#leaveState(job);
      this.#enterState(job, { type: "waiting", isDeclined: false });
    }
  }

  #end(job: AgentJob, isSuccess: boolean, error: string, at: Moment): void {
    const { counters } = this.#options;
    if (isSuccess) counters.jobsSucceeded += 1;
    else counters.jobsFailed += 1;
    const { state } = job;
    this.#leaveState(job);
    this.#jobs.delete(job.jobId);
    job.state = {
      type: "ended",
      isSuccess,
      error,
      startedAtMs: state.type === "assigned" ? state.startedAtMs : undefined,
      endedAtMs: at.unixMs,
      workerId: state.type === "assigned" ? state.worker.workerId : "",
      identity: state.type === "assigned" ? state.identity : "",
    };
  }

  #enterState(job: AgentJob, state: JobState): void {
    job.state = state;
    switch (state.type) {
      case "waiting":
        addTo(state.isDeclined ? this.#declined : this.#waiting, kindKey(job), job);
        break;
      case "offered":
        state.worker.offers += 1;
        this.#offered.add(job);
        addTo(this.#byWorker, state.worker.workerId, job);
        break;
      case "assigned":
        addTo(this.#byWorker, state.worker.workerId, job);
        break;
      case "ended":
        break;
    }
  }

  #leaveState(job: AgentJob): void {
    const { state } = job;
    switch (state.type) {
      case "waiting":
        removeFrom(state.isDeclined ? this.#declined : this.#waiting, kindKey(job), job);
        break;
      case "offered":
        state.worker.offers -= 1;
        this.#offered.delete(job);
        removeFrom(this.#byWorker, state.worker.workerId, job);
        break;
      case "assigned":
        removeFrom(this.#byWorker, state.worker.workerId, job);
        break;
      case "ended":
        break;
    }
  }
}

function isOfferedTo({ state }: AgentJob, worker: AgentWorker): boolean {
  return state.type === "offered" && state.worker === worker;
}

function addTo(sets: Map<string, Set<AgentJob>>, key: string, job: AgentJob): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([job]));
  else set.add(job);
}

function removeFrom(sets: Map<string, Set<AgentJob>>, key: string, job: AgentJob): void {
  const set = sets.get(key);
  set?.delete(job);
  if (set?.size === 0) sets.delete(key);
}
