import assert from "node:assert/strict";
import { test } from "node:test";
import { JobType } from "@livekit/protocol";
import { SluiceError } from "@sluice/protocol";
import type { DispatchOptions } from "./agent-dispatch.js";
import { MAX_DISPATCHES_PER_ROOM } from "./room-dispatches.js";
import { AgentNode } from "./testing/agent-node.js";
import { MAX_WORKERS } from "./worker-registry.js";

const OPTIONS: DispatchOptions = { agentName: "", metadata: "", attributes: {}, deployment: "", restartPolicy: 0 };

test("a room that names agents has these and no other", () => {
  const node = new AgentNode();
  const [anyone, echo] = [node.worker(), node.worker({ agentName: "echo", deployment: "v2" })];
  node.node
    .client("ann")
    .join({}, { roomConfig: { agents: [{ agentName: "echo", metadata: "m", attributes: { a: "b" }, deployment: "v2" }] } });
  assert.deepEqual(anyone.takeOffers(), []);
  const job = echo.takeOffer();
  assert.deepEqual([job.agentName, job.metadata, job.attributes], ["echo", "m", { a: "b" }]);
  node.node.rooms.create("second");
  assert.equal(anyone.takeOffer().room?.name, "second");
  assert.deepEqual(echo.takeOffers(), []);
});

test("each participant that joins is a job, and each that publishes, but never an agent", () => {
  const node = new AgentNode();
  const participants = node.worker({ type: JobType.JT_PARTICIPANT });
  const publishers = node.worker({ type: JobType.JT_PUBLISHER });
  const ann = node.join("ann");
  const job = participants.takeOffer();
  assert.deepEqual([job.type, job.participant?.identity], [JobType.JT_PARTICIPANT, "ann"]);
  assert.deepEqual(publishers.takeOffers(), []);
  ann.publish("audio");
  ann.offer();
  ann.publish("video");
  ann.offer();
  const publisher = publishers.takeOffer();
  assert.deepEqual([publisher.type, publisher.participant?.identity], [JobType.JT_PUBLISHER, "ann"]);
  const helper = node.join("helper", { agent: true });
  helper.publish("audio");
  helper.offer();
  assert.deepEqual(participants.takeOffers(), []);
  assert.deepEqual(publishers.takeOffers(), []);
});

test("a worker that comes late finds the jobs of rooms that are there", () => {
  const node = new AgentNode();
  const ann = node.join("ann");
  node.join("bob");
  ann.publish("audio");
  ann.offer();
  assert.equal(node.worker().takeOffer().type, JobType.JT_ROOM);
  const offers = node.worker({ type: JobType.JT_PARTICIPANT }).takeOffers();
  assert.deepEqual(
    offers.map(({ participant }) => participant?.identity),
    ["ann", "bob"],
  );
  assert.equal(node.worker({ type: JobType.JT_PUBLISHER }).takeOffer().participant?.identity, "ann");
  assert.equal(node.worker().takeOffers().length, 0, "each once");
});

test("a job runs when its agent is there and is over when it leaves, for workers that do not say so", async () => {
  const node = new AgentNode();
  const worker = node.worker();
  node.join("ann");
  const state = () => [...(node.dispatcher.list(node.roomId())[0]?.jobs.values() ?? [])][0]?.state;
  const { id } = worker.takeOffer();
  worker.answer(id, { available: true, participantIdentity: "helper" });
  const helper = node.join("helper", { agent: true });
  assert.ok(state()?.type === "assigned");
  const again = node.join("helper", { agent: true });
  assert.equal(state()?.type, "assigned", "it has come anew");
  assert.notEqual(again.participantId, helper.participantId);
  again.membership.session.leave(again.participantId);
  const ended = state();
  assert.ok(ended?.type === "ended" && ended.isSuccess && ended.startedAtMs !== undefined);
  const [dispatch] = node.dispatcher.list(node.roomId());
  node.dispatcher.delete(node.roomId(), dispatch?.dispatchId ?? "");
  assert.deepEqual(worker.takeTerminations(), []);
});

test("a job whose agent was lost has failed", () => {
  const node = new AgentNode();
  const worker = node.worker();
  node.join("ann");
  worker.answer(worker.takeOffer().id, { available: true, participantIdentity: "helper" });
  const helper = node.join("helper", { agent: true });
  helper.membership.session.leave(helper.participantId, "connectionLost");
  const [job] = node.dispatcher.list(node.roomId())[0]?.jobs.values() ?? [];
  assert.ok(job?.state.type === "ended");
  assert.equal(job.state.error, "the agent left: connectionLost");
});

test("when the room ends or its dispatch is deleted, its agent is told to go", async () => {
  const node = new AgentNode();
  const worker = node.worker();
  node.join("ann");
  const first = worker.takeOffer();
  worker.answer(first.id);
  await worker.nextAssignment();
  const second = node.dispatcher.create(node.roomId(), OPTIONS);
  const offered = worker.takeOffer();
  assert.equal(offered.dispatchId, second.dispatchId);
  worker.answer(offered.id);
  await worker.nextAssignment();
  node.dispatcher.delete(node.roomId(), second.dispatchId);
  assert.deepEqual(worker.takeTerminations(), [offered.id]);
  node.join(`agent-${first.id}`, { agent: true });
  node.node.rooms.delete("demo");
  assert.deepEqual(worker.takeTerminations(), [first.id]);
  assert.equal(node.dispatcher.jobCount, 0);
  assert.deepEqual(node.dispatcher.list(node.roomId()), []);
});

test("an answer that comes when its room is gone leads to nothing", async () => {
  const node = new AgentNode();
  const worker = node.worker();
  node.join("ann");
  const job = worker.takeOffer();
  node.node.rooms.delete("demo");
  worker.answer(job.id);
  assert.equal(node.counters.strayAnswers, 1);
  node.node.clock.advance(20_000);
  assert.equal(node.counters.offersTimedOut, 0);
});

test("who has left needs no agent", () => {
  const node = new AgentNode();
  const worker = node.worker({ type: JobType.JT_PARTICIPANT });
  const ann = node.join("ann");
  node.join("bob");
  const [first] = worker.takeOffers();
  ann.membership.session.leave(ann.participantId);
  worker.answer(first?.id ?? "");
  assert.deepEqual([node.counters.strayAnswers, node.counters.assignments, node.dispatcher.jobCount], [1, 0, 1]);
  node.join("ann");
  assert.equal(worker.takeOffer().participant?.identity, "ann");
});

test("workers of another name, namespace, type or deployment are others", () => {
  const node = new AgentNode();
  const others = [
    node.worker({ agentName: "x" }),
    node.worker({ type: JobType.JT_PUBLISHER }),
    node.worker({ deployment: "v2" }),
  ];
  const [one, two] = [node.worker(), node.worker({ namespace: "n" })];
  node.join("ann");
  for (const other of others) assert.deepEqual(other.takeOffers(), []);
  assert.equal(one.takeOffer().room?.name, "demo");
  assert.equal(two.takeOffer().room?.name, "demo");
  node.dispatcher.create(node.roomId(), { ...OPTIONS, deployment: "v2" });
  assert.equal(others[2]?.takeOffers()[0]?.deployment, "v2");
});

test("dispatches and workers are bounded", () => {
  const node = new AgentNode();
  node.join("ann");
  for (let i = 1; i < MAX_DISPATCHES_PER_ROOM; i++) node.dispatcher.create(node.roomId(), OPTIONS);
  const isExhausted = (error: unknown) => error instanceof SluiceError && error.code === "resourceExhausted";
  assert.throws(() => node.dispatcher.create(node.roomId(), OPTIONS), isExhausted);
  assert.throws(() => node.dispatcher.create("RM_none", OPTIONS), { code: "notFound" });
  assert.throws(() => node.dispatcher.delete(node.roomId(), "AD_none"), { code: "notFound" });
  for (let i = 0; i < MAX_WORKERS; i++) node.worker({ agentName: "echo" });
  const late = node.worker();
  assert.equal(late.closed?.code, "resourceExhausted");
  assert.equal(late.worker, undefined);
  assert.deepEqual([node.counters.registrationsRefused, node.counters.dispatchesRefused], [1, 1]);
});
