import assert from "node:assert/strict";
import { test } from "node:test";
import { JobStatus, JobType, ParticipantInfo, Room, TrackSource, WorkerStatus } from "@livekit/protocol";
import type { TokenClaims } from "@sluice/protocol";
import { TokenVerifier } from "../auth/token-verifier.js";
import { DEV_KEY, DEV_SECRET } from "../config/api-keys.js";
import { dispatchInfo } from "./job-info.js";
import { AgentNode } from "./testing/agent-node.js";
import type { MemoryWorker } from "./testing/memory-worker.js";
import { MAX_OFFERS_PER_WORKER } from "./worker-registry.js";

function verify(token: string): Promise<TokenClaims> {
  return new TokenVerifier(new Map([[DEV_KEY, DEV_SECRET]])).verify(token, Date.now());
}

test("a worker is told its id and what server this is", () => {
  const node = new AgentNode();
  const worker = node.worker();
  const [first] = worker.told;
  assert.ok(first?.case === "register");
  assert.match(first.value.workerId, /^AW_\w{12}$/);
  assert.equal(first.value.workerId, worker.workerId);
  assert.equal(first.value.serverInfo?.agentProtocol, 1);
  assert.equal(node.dispatcher.workerCount, 1);
});

test("a room that starts is a job for a worker without a name, and its agent comes with a token for it", async () => {
  const node = new AgentNode();
  const worker = node.worker({
    allowedPermissions: { canPublish: true, canSubscribe: true, hidden: true, canPublishSources: [TrackSource.MICROPHONE] },
  });
  node.join("ann");
  const job = worker.takeOffer();
  assert.equal(job.type, JobType.JT_ROOM);
  assert.equal(job.room?.name, "demo");
  assert.equal(job.room?.sid, node.roomId());
  assert.equal(job.agentName, "");
  assert.equal(job.participant, undefined);
  worker.answer(job.id, {
    available: true,
    participantIdentity: "helper",
    participantName: "Helper",
    participantMetadata: "m",
    participantAttributes: { lang: "en" },
  });
  const { job: assigned, token, url } = await worker.nextAssignment();
  assert.equal(assigned?.id, job.id);
  assert.equal(assigned?.state?.workerId, worker.workerId);
  assert.equal(url, undefined, "the one it is connected to");
  const claims = await verify(token);
  assert.deepEqual(
    { sub: claims.sub, name: claims.name, metadata: claims.metadata, attributes: claims.attributes, kind: claims.kind },
    { sub: "helper", name: "Helper", metadata: "m", attributes: { lang: "en" }, kind: "agent" },
  );
  assert.equal(claims.iss, DEV_KEY);
  const { room, roomJoin, agent, hidden, canPublishData, canPublishSources, roomAdmin } = claims.video;
  assert.deepEqual(
    { room, roomJoin, agent, hidden, canPublishData, canPublishSources, roomAdmin },
    {
      room: "demo",
      roomJoin: true,
      agent: true,
      hidden: true,
      canPublishData: false,
      canPublishSources: ["microphone"],
      roomAdmin: false,
    },
  );
  const secondsLeft = claims.exp - Date.now() / 1000;
  assert.ok(secondsLeft > 3_000 && secondsLeft <= 3_600);
});

test("a worker that says nothing of permissions and identity gets an agent that may take part", async () => {
  const node = new AgentNode();
  const worker = node.worker();
  node.join("ann");
  const job = worker.takeOffer();
  worker.answer(job.id);
  const claims = await verify((await worker.nextAssignment()).token);
  assert.equal(claims.sub, `agent-${job.id}`);
  const { canPublish, canSubscribe, canPublishData, canUpdateOwnMetadata, hidden } = claims.video;
  assert.deepEqual([canPublish, canSubscribe, canPublishData, canUpdateOwnMetadata, hidden], [true, true, true, true, false]);
});

test("who declines, or does not answer in 10 s, or goes away, is followed by the next", () => {
  const node = new AgentNode();
  const workers = [node.worker(), node.worker(), node.worker()];
  node.join("ann");
  const asked: MemoryWorker[] = [];
  const next = () => {
    const found = workers.find((worker) => !asked.includes(worker) && worker.takeOffers().length > 0);
    assert.ok(found !== undefined, "nobody was asked");
    asked.push(found);
    return found;
  };
  const [dispatch] = node.dispatcher.list(node.roomId());
  const jobId = [...(dispatch?.jobs.values() ?? [])][0]?.jobId ?? "";
  next().answer(jobId, { available: false });
  const silent = next();
  node.node.clock.advance(9_999);
  assert.equal(asked.length, 2);
  node.node.clock.advance(1);
  next().leave();
  assert.deepEqual([node.counters.offersDeclined, node.counters.offersTimedOut, node.counters.offers], [1, 1, 3]);
  silent.answer(jobId);
  assert.equal(node.counters.strayAnswers, 1);
  assert.equal(node.worker().takeOffer().id, jobId, "it still waits for somebody");
});

test("a worker that has room again is asked again", () => {
  const node = new AgentNode();
  const worker = node.worker();
  node.join("ann");
  worker.answer(worker.takeOffer().id, { available: false });
  worker.update({ status: WorkerStatus.WS_AVAILABLE, load: 0.5 });
  assert.deepEqual(worker.takeOffers(), [], "it was available all the time");
  worker.update({ status: WorkerStatus.WS_FULL, load: 1 });
  worker.update({ load: 0.9 });
  assert.deepEqual(worker.takeOffers(), []);
  worker.update({ status: WorkerStatus.WS_AVAILABLE, load: 0.1, jobCount: 1 });
  worker.takeOffer();
  assert.deepEqual([worker.worker?.load.toFixed(1), worker.worker?.jobCount], ["0.1", 1]);
});

test("a full worker is not asked", () => {
  const node = new AgentNode();
  const full = node.worker();
  full.update({ status: WorkerStatus.WS_FULL });
  node.join("ann");
  assert.deepEqual(full.takeOffers(), []);
  node.worker().takeOffer();
});

test("a worker has a bounded number of offers to answer at a time", () => {
  const node = new AgentNode();
  const worker = node.worker();
  for (let i = 0; i < 40; i++) node.node.rooms.create(`room ${i}`);
  const offers = worker.takeOffers();
  assert.equal(offers.length, MAX_OFFERS_PER_WORKER);
  const seen = new Set(offers.map(({ id }) => id));
  for (let job = offers.shift(); job !== undefined; job = offers.shift()) {
    worker.answer(job.id);
    for (const more of worker.takeOffers()) {
      assert.ok(!seen.has(more.id));
      seen.add(more.id);
      offers.push(more);
    }
  }
  assert.equal(seen.size, 40);
  assert.equal(node.counters.assignments, 40);
});

test("a job that is answered with terminate is offered to nobody else", () => {
  const node = new AgentNode();
  const workers = [node.worker(), node.worker()];
  node.join("ann");
  for (const worker of workers) for (const { id } of worker.takeOffers()) worker.answer(id, { terminate: true });
  assert.deepEqual(
    workers.flatMap((worker) => worker.takeOffers()),
    [],
  );
  assert.equal(node.dispatcher.jobCount, 0);
});

test("the state of a job is what its worker says of it", () => {
  const node = new AgentNode();
  const worker = node.worker();
  node.join("ann");
  const { id } = worker.takeOffer();
  const state = () => {
    const [dispatch] = node.dispatcher.list(node.roomId());
    assert.ok(dispatch !== undefined);
    return dispatchInfo(dispatch).state?.jobs[0]?.state;
  };
  assert.equal(state()?.status, JobStatus.JS_PENDING);
  worker.answer(id, { available: true, participantIdentity: "helper" });
  worker.updateJob(id, JobStatus.JS_PENDING);
  assert.equal(state()?.status, JobStatus.JS_PENDING);
  worker.updateJob(id, JobStatus.JS_RUNNING);
  assert.equal(state()?.status, JobStatus.JS_RUNNING);
  assert.equal(state()?.startedAt, BigInt(node.node.clock.unixMs()) * 1_000_000n);
  assert.equal(state()?.participantIdentity, "helper");
  worker.updateJob(id, JobStatus.JS_FAILED, "it broke");
  assert.deepEqual([state()?.status, state()?.error, state()?.workerId], [JobStatus.JS_FAILED, "it broke", worker.workerId]);
  worker.updateJob(id, JobStatus.JS_RUNNING);
  assert.equal(node.counters.strayAnswers, 1);
  assert.deepEqual(worker.takeOffers(), [], "it is not done again");
});

test("what a worker had taken has failed when it goes, and others keep theirs", async () => {
  const node = new AgentNode();
  const worker = node.worker();
  node.join("ann");
  worker.answer(worker.takeOffer().id);
  await worker.nextAssignment();
  const other = node.worker();
  worker.leave();
  assert.deepEqual([node.counters.jobsFailed, node.dispatcher.jobCount, node.dispatcher.workerCount], [1, 0, 1]);
  assert.deepEqual(other.takeOffers(), [], "perhaps its agent goes on: two would be one too many");
});

test("an agent too big for a token has no job", async () => {
  const node = new AgentNode();
  const worker = node.worker();
  node.join("ann");
  worker.answer(worker.takeOffer().id, { available: true, participantMetadata: "x".repeat(20_000) });
  while (node.dispatcher.jobCount > 0) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(node.counters.jobsFailed, 1);
  const [dispatch] = node.dispatcher.list(node.roomId());
  const [job] = dispatch?.jobs.values() ?? [];
  assert.ok(job?.state.type === "ended" && /token would be longer/.test(job.state.error));
});

test("pings are answered, moving jobs is not done, and a worker may try itself", async () => {
  const node = new AgentNode();
  const worker = node.worker({ agentName: "echo" });
  worker.told.length = 0;
  worker.ping(5n);
  const [pong] = worker.told.splice(0);
  assert.ok(pong?.case === "pong");
  assert.deepEqual([pong.value.lastTimestamp, pong.value.timestamp], [5n, BigInt(node.node.clock.unixMs())]);
  worker.migrate("AJ_x");
  assert.equal(node.counters.migrationsIgnored, 1);
  worker.simulate({ room: new Room({ name: "try" }), participant: new ParticipantInfo({ identity: "ann" }) });
  const job = worker.takeOffer();
  assert.deepEqual(
    [job.type, job.agentName, job.room?.name, job.participant?.identity],
    [JobType.JT_PUBLISHER, "echo", "try", "ann"],
  );
  worker.answer(job.id);
  const claims = await verify((await worker.nextAssignment()).token);
  assert.equal(claims.video.room, "try");
  worker.simulate({ room: new Room({ name: "try" }) });
  worker.answer(worker.takeOffer().id, { available: false });
  assert.deepEqual([node.counters.simulatedJobs, node.counters.jobsFailed, worker.takeOffers().length], [2, 1, 0]);
});
