import assert from "node:assert/strict";
import { test } from "node:test";
import { JobStatus } from "@livekit/protocol";
import { AgentNode } from "../agents/testing/agent-node.js";
import { createAgentDispatchService } from "./agent-dispatch-service.js";
import { ADMIN, ApiCaller } from "./testing/api-fixture.js";

function open({ autoCreate = true } = {}): { readonly agents: AgentNode; readonly api: ApiCaller } {
  const agents = new AgentNode();
  return { agents, api: new ApiCaller(createAgentDispatchService(agents.node.rooms, agents.dispatcher, { autoCreate })) };
}

interface Dispatch {
  readonly id: string;
  readonly agent_name: string;
  readonly state: { readonly jobs: { readonly state: { readonly status: string } }[]; readonly deleted_at: string };
}

async function list(api: ApiCaller, more: object = {}): Promise<Dispatch[]> {
  return (await api.call("ListDispatch", { room: "demo", ...more })).agent_dispatches as Dispatch[];
}

test("a dispatch is made, told with its jobs, and deleted", async () => {
  const { agents, api } = open();
  const worker = agents.worker({ agentName: "echo" });
  agents.join("ann");
  const made = await api.call("CreateDispatch", { room: "demo", agent_name: "echo", metadata: "m", attributes: { a: "b" } });
  assert.match(made.id as string, /^AD_/);
  assert.deepEqual([made.agent_name, made.room, made.metadata, made.attributes], ["echo", "demo", "m", { a: "b" }]);
  const [job] = worker.takeOffers();
  assert.deepEqual([job?.dispatchId, job?.metadata], [made.id, "m"]);
  worker.answer(job?.id ?? "");
  worker.updateJob(job?.id ?? "", JobStatus.JS_RUNNING);
  const [byItself, byName] = await list(api);
  assert.deepEqual([byItself?.agent_name, byName?.id], ["", made.id]);
  assert.deepEqual(
    (await list(api, { dispatch_id: made.id })).map(({ state }) => state.jobs[0]?.state.status),
    ["JS_RUNNING"],
  );
  const deleted = (await api.call("DeleteDispatch", { room: "demo", dispatch_id: made.id })) as unknown as Dispatch;
  assert.equal(BigInt(deleted.state.deleted_at), BigInt(agents.node.clock.unixMs()) * 1_000_000n);
  assert.deepEqual(worker.takeTerminations(), [job?.id]);
  assert.equal((await list(api)).length, 1);
  await api.refuses("notFound", /dispatch/, "DeleteDispatch", { room: "demo", dispatch_id: made.id });
});

test("a room that is not there is made, with the agents that every room has", async () => {
  const { agents, api } = open();
  assert.deepEqual(await list(api), []);
  await api.call("CreateDispatch", { room: "demo", agent_name: "echo" });
  assert.equal(agents.node.rooms.count, 1);
  assert.deepEqual(
    (await list(api)).map(({ agent_name }) => agent_name),
    ["", "echo"],
  );
});

test("where joining makes no rooms, neither does a dispatch", async () => {
  const { agents, api } = open({ autoCreate: false });
  await api.refuses("notFound", /requested room/, "CreateDispatch", { room: "demo" });
  agents.node.rooms.create("demo");
  await api.call("CreateDispatch", { room: "demo" });
});

test("it takes the grant roomAdmin for just this room", async () => {
  const { api } = open();
  for (const method of ["CreateDispatch", "DeleteDispatch", "ListDispatch"]) {
    for (const grant of [{}, { ...ADMIN, roomAdmin: false }, { ...ADMIN, room: "other" }]) {
      await api.refuses("unauthenticated", /permissions denied/, method, { room: "demo" }, grant);
    }
  }
});

test("a restart policy that is none is the one that there is without", async () => {
  const { api } = open();
  const made = await api.call("CreateDispatch", { room: "demo", restart_policy: 4_294_967_295 });
  assert.equal(made.restart_policy, "JRP_ON_FAILURE");
  assert.equal((await api.call("CreateDispatch", { room: "demo", restart_policy: "JRP_NEVER" })).restart_policy, "JRP_NEVER");
});

test("what is too long is refused, and makes no room", async () => {
  const { agents, api } = open();
  const long = "x".repeat(257);
  for (const field of [{ agent_name: long }, { deployment: long }, { metadata: "x".repeat(65_537) }]) {
    await api.refuses("invalidArgument", /at most/, "CreateDispatch", { room: "demo", ...field });
  }
  await api.refuses("invalidArgument", /attributes/, "CreateDispatch", { room: "demo", attributes: { a: "x".repeat(65_536) } });
  await api.refuses("invalidArgument", /^room/, "CreateDispatch", { room: "" }, { ...ADMIN, room: "" });
  assert.equal(agents.node.rooms.count, 0);
});
