/**
 * LiveKit's agent framework and its server SDK, unchanged, against a node. The framework is an older version: newer ones bring
 * models, codecs and image libraries with them, and speak the same protocol.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, type TestContext, test } from "node:test";
import { DEV_KEY, DEV_SECRET } from "@sluice/server";
import { AgentDispatchClient, ParticipantInfo_State, RoomServiceClient } from "livekit-server-sdk";
import { ForkedPeer } from "./harness/forked-peer.js";
import { TestNode } from "./harness/test-node.js";
import { until } from "./harness/until.js";

const TIMEOUT_MS = 60_000;
/** ParticipantInfo.Kind, which the SDK does not export. */
const KIND_AGENT: number = 4;

interface AgentWorker {
  activeJobs(): Promise<string[]>;
  jobProcessIds(): Promise<number[]>;
}

let node: TestNode;
let rooms: RoomServiceClient;
let dispatches: AgentDispatchClient;

before(async () => {
  node = await TestNode.start();
  rooms = new RoomServiceClient(node.url, DEV_KEY, DEV_SECRET);
  dispatches = new AgentDispatchClient(node.url, DEV_KEY, DEV_SECRET);
});
after(async () => {
  await node.close();
  assert.deepEqual(node.complaints, []);
});

async function startWorker(t: TestContext, agentName: string): Promise<ForkedPeer<AgentWorker>> {
  const options = { url: node.url, key: DEV_KEY, secret: DEV_SECRET, agentName };
  let worker: ForkedPeer<AgentWorker> | undefined;
  // Before the worker's own end: its agents have processes of their own, which do not end with it; it would take a minute to end them itself.
  t.after(async () => {
    const processIds = (await worker?.call("jobProcessIds")) ?? [];
    await worker?.kill();
    for (const id of processIds) if (isThere(id)) process.kill(id, "SIGKILL");
  });
  worker = await ForkedPeer.fork<AgentWorker>(t, "agent-worker-process.js", options);
  return worker;
}

function isThere(processId: number): boolean {
  return existsSync(`/proc/${processId}`);
}

/** The agent in a room, when it is there and has said what it was sent for. */
function agentIn(room: string) {
  return until(`agent in ${room}`, TIMEOUT_MS, async () => {
    const participants = await rooms.listParticipants(room);
    return participants.find(({ attributes }) => attributes.job !== undefined);
  });
}

test("an agent that is asked for comes, and goes when its dispatch is deleted", async (t) => {
  const worker = await startWorker(t, "echo");
  const dispatch = await dispatches.createDispatch("asked", "echo", { metadata: "hello" });
  const agent = await agentIn("asked");
  assert.deepEqual([agent.kind, agent.state], [KIND_AGENT, ParticipantInfo_State.ACTIVE]);
  assert.equal(agent.attributes.metadata, "hello");
  assert.equal(agent.permission?.agent, true);
  const [listed] = (await dispatches.listDispatch("asked")).filter(({ id }) => id === dispatch.id);
  const [job] = listed?.state?.jobs ?? [];
  assert.equal(job?.id, agent.attributes.job);
  assert.equal(job?.state?.participantIdentity, agent.identity);
  assert.deepEqual(await worker.call("activeJobs"), [job?.id]);
  assert.equal((await dispatches.getDispatch(dispatch.id, "asked"))?.agentName, "echo");
  await dispatches.deleteDispatch(dispatch.id, "asked");
  await until("room without its agent", TIMEOUT_MS, async () => (await rooms.listParticipants("asked")).length === 0);
  assert.equal(await dispatches.getDispatch(dispatch.id, "asked"), undefined);
  await rooms.deleteRoom("asked");
});

test("an agent without a name comes into a room that was there before its worker", async (t) => {
  await rooms.createRoom({ name: "early" });
  await startWorker(t, "");
  const agent = await agentIn("early");
  assert.equal(agent.kind, KIND_AGENT);
  const [room] = await rooms.listRooms(["early"]);
  assert.equal(room?.numParticipants, 0, "agents are not counted");
  await rooms.deleteRoom("early");
  assert.deepEqual(await rooms.listParticipants("early"), []);
});
