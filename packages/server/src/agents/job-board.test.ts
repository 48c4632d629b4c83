import assert from "node:assert/strict";
import { test } from "node:test";
import { JobType, Room } from "@livekit/protocol";
import { after, type Instant, instant } from "@sluice/media";
import fc from "fast-check";
import { permissionsOf } from "../room/permissions.js";
import { AgentCounters } from "./agent-counters.js";
import type { AgentEffect, AgentJob, Moment } from "./agent-job.js";
import type { AgentWorker } from "./agent-worker.js";
import { JobBoard, OFFER_TIMEOUT_MS } from "./job-board.js";
import { MAX_OFFERS_PER_WORKER } from "./worker-registry.js";

const KIND = { agentName: "", namespace: "", jobType: JobType.JT_ROOM, deployment: "" };
const PROFILE = { identity: "agent", name: "", metadata: "", attributes: {} };

function createWorker(workerId: string): AgentWorker {
  const state = { isAvailable: true, load: 0, jobCount: 0, offers: 0 };
  return { ...KIND, permissions: permissionsOf({}), apiKey: "key", workerId, ...state };
}

function createJob(jobId: string): AgentJob {
  const state = { type: "waiting", isDeclined: false } as const;
  const about = { metadata: "", attributes: {}, room: new Room(), participant: undefined };
  return { ...KIND, jobId, dispatchId: "AD_1", ...about, refusedBy: new Set(), state };
}

/** A board, and what workers know of it by what they were told. */
class Play {
  readonly board = new JobBoard({ counters: new AgentCounters(), random: () => 0.5 });
  readonly workers: AgentWorker[] = [];
  readonly jobs: AgentJob[] = [];
  readonly assigned = new Map<string, string>();
  now: Instant = instant(0);
  #ids = 0;

  get at(): Moment {
    return { now: this.now, unixMs: 1 };
  }

  run(step: readonly [string, number, number]): void {
    const [what, a, b] = step;
    const worker = this.workers[a % Math.max(1, this.workers.length)];
    const job = this.jobs[b % Math.max(1, this.jobs.length)];
    this.#ids += 1;
    if (what === "worker") {
      const newcomer = createWorker(`w${this.#ids}`);
      this.workers.push(newcomer);
      this.board.handleWorkerRegistered(newcomer, this.at);
    } else if (what === "job") {
      const newJob = createJob(`j${this.#ids}`);
      this.jobs.push(newJob);
      this.board.add(newJob, this.at);
    } else if (what === "time") {
      this.now = after(this.now, a * 1_000);
      this.board.handleTimeout(this.at);
    } else if (worker !== undefined && what === "gone") {
      this.workers.splice(this.workers.indexOf(worker), 1);
      this.board.handleWorkerGone(worker, this.at);
    } else if (worker !== undefined && what === "update") {
      this.board.handleWorkerUpdated(worker, { isAvailable: b % 2 === 0, load: 0, jobCount: 0 }, this.at);
    } else if (job !== undefined && what === "cancel") this.board.cancel(job, this.at);
    else if (worker !== undefined && job !== undefined) this.#say(what, worker, job);
    for (const effect of this.board.pollEffects()) this.#note(effect);
    this.#check();
  }

  /** Mostly the one who was asked, sometimes any other. */
  #say(what: string, anybody: AgentWorker, job: AgentJob): void {
    const asked = job.state.type === "offered" || job.state.type === "assigned" ? job.state.worker : anybody;
    if (what === "accept") this.board.handleAnswer(asked, job.jobId, { type: "accept", profile: PROFILE }, this.at);
    else if (what === "decline") this.board.handleAnswer(asked, job.jobId, { type: "decline" }, this.at);
    else if (what === "stray") this.board.handleAnswer(anybody, job.jobId, { type: "decline" }, this.at);
    else this.board.handleJobUpdate(asked, job.jobId, what === "run" ? undefined : true, "", this.at);
  }

  #note(effect: AgentEffect): void {
    if (effect.type === "offer") return;
    if (effect.type === "terminate") {
      assert.equal(this.assigned.get(effect.jobId), effect.worker.workerId, "only who has a job is told to end it");
      return;
    }
    assert.ok(!this.assigned.has(effect.job.jobId), "a job is given to one worker, once");
    this.assigned.set(effect.job.jobId, effect.worker.workerId);
  }

  #check(): void {
    const offered = this.jobs.filter(({ state }) => state.type === "offered");
    for (const worker of this.workers) {
      const own = offered.filter(({ state }) => state.type === "offered" && state.worker === worker);
      assert.equal(worker.offers, own.length);
      assert.ok(worker.offers <= MAX_OFFERS_PER_WORKER);
    }
    let first: Instant | undefined;
    for (const { state } of offered) {
      if (state.type !== "offered") continue;
      assert.ok(this.workers.includes(state.worker), "nothing is offered to who is gone");
      assert.ok(state.deadline > this.now);
      if (first === undefined || state.deadline < first) first = state.deadline;
    }
    assert.equal(this.board.pollTimeout(), first);
    for (const { state, refusedBy } of this.jobs) {
      if (state.type !== "waiting") continue;
      const willing = this.workers.filter(
        ({ isAvailable, offers, workerId }) => isAvailable && offers < MAX_OFFERS_PER_WORKER && !refusedBy.has(workerId),
      );
      assert.deepEqual(willing, [], "no job waits while somebody could be asked");
    }
    assert.equal(this.board.jobCount, this.jobs.filter(({ state }) => state.type !== "ended").length);
  }
}

test("whatever workers do: one worker for a job, nobody idle while a job waits, nothing left behind", () => {
  const what = fc.constantFrom(
    ...[
      "worker",
      "job",
      "job",
      "job",
      "accept",
      "accept",
      "decline",
      "stray",
      "run",
      "done",
      "cancel",
      "gone",
      "update",
      "time",
    ],
  );
  const step = fc.tuple(what, fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 60 }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: "max" }), (steps) => {
      const play = new Play();
      for (const each of steps) play.run(each);
      for (const job of play.jobs) play.board.cancel(job, play.at);
      assert.equal(play.board.jobCount, 0);
      assert.equal(play.board.pollTimeout(), undefined);
      for (const worker of play.workers) assert.equal(worker.offers, 0);
    }),
  );
});

test("jobs that everybody declined are not looked at again with every answer", () => {
  const play = new Play();
  play.run(["worker", 0, 0]);
  const [worker] = play.workers;
  assert.ok(worker !== undefined);
  for (let i = 0; i < 5_000; i++) play.board.add(createJob(`many${i}`), play.at);
  let offers = play.board.pollEffects();
  let count = 0;
  while (offers.length > 0) {
    count += offers.length;
    for (const effect of offers) {
      if (effect.type === "offer") play.board.handleAnswer(worker, effect.job.jobId, { type: "decline" }, play.at);
    }
    offers = play.board.pollEffects();
  }
  assert.equal(count, 5_000);
  assert.equal(play.board.jobCount, 5_000);
  assert.equal(OFFER_TIMEOUT_MS, 10_000);
});
