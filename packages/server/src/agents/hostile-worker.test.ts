import assert from "node:assert/strict";
import { test } from "node:test";
import { Room, WorkerMessage } from "@livekit/protocol";
import fc from "fast-check";
import { MAX_JOBS_FOR_SIMULATION } from "./job-board.js";
import { MAX_DISPATCHES_PER_ROOM } from "./room-dispatches.js";
import { AgentNode } from "./testing/agent-node.js";
import { parseWorkerMessage } from "./worker-message.js";

const text = fc.oneof(fc.string(), fc.constantFrom("", "__proto__", "x".repeat(300), "AJ_none"));
/** What stands for the id of a job that the worker was offered, good or not. */
const jobId = fc.oneof(fc.constant("OFFERED"), text);
const number = fc.oneof(fc.integer({ min: -5, max: 10 }), fc.constantFrom(4_294_967_295, -2_147_483_648));
const attributes = fc.dictionary(text, text, { maxKeys: 3 });

/** Every message that there is, its fields filled with whatever fits their type. */
const message = fc.oneof(
  fc.record({ agentName: text, namespace: text, deployment: text, type: number }).map((register) => ({ register })),
  fc
    .record({
      jobId,
      available: fc.boolean(),
      terminate: fc.boolean(),
      participantIdentity: text,
      participantName: text,
      participantMetadata: text,
      participantAttributes: attributes,
    })
    .map((availability) => ({ availability })),
  fc.record({ status: number, load: fc.float(), jobCount: fc.nat() }).map((updateWorker) => ({ updateWorker })),
  fc.record({ jobId, status: number, error: text }).map((updateJob) => ({ updateJob })),
  fc.record({ timestamp: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String) }).map((ping) => ({ ping })),
  fc
    .record({ room: fc.record({ name: text }), participant: fc.record({ identity: text }) })
    .map((simulateJob) => ({ simulateJob })),
  fc.record({ jobIds: fc.array(text, { maxLength: 3 }) }).map((migrateJob) => ({ migrateJob })),
);

test("[attack 23] whatever a worker says, the node goes on and what it holds stays bounded", () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 40 }), (messages) => {
      const node = new AgentNode();
      node.join("ann");
      const hostile = node.worker();
      const good = node.worker({ agentName: "good" });
      let offered = "";
      for (const each of messages) {
        offered = hostile.takeOffers().at(-1)?.id ?? offered;
        const data = Buffer.from(JSON.stringify(each).replaceAll("OFFERED", offered));
        const call = parseWorkerMessage(data, false);
        if (call === undefined) continue;
        assert.deepEqual(parseWorkerMessage(Buffer.from(new WorkerMessage({ message: call }).toBinary()), true), call);
        node.dispatcher.handleCall(hostile, call);
      }
      assert.equal(node.dispatcher.workerCount, 2);
      assert.ok(node.dispatcher.jobCount <= 1 + messages.length);
      assert.ok(node.dispatcher.list(node.roomId()).length <= MAX_DISPATCHES_PER_ROOM);
      node.dispatcher.create(node.roomId(), {
        agentName: "good",
        metadata: "",
        attributes: {},
        deployment: "",
        restartPolicy: 0,
      });
      good.takeOffer();
      hostile.leave();
      node.node.rooms.delete("demo");
      assert.equal(node.dispatcher.jobCount, 0);
    }),
    { numRuns: 300 },
  );
});

test("[attack 23] a worker that makes up jobs without end has only so many", () => {
  const node = new AgentNode();
  const worker = node.worker();
  for (let count = 0; count < 2 * MAX_JOBS_FOR_SIMULATION; count++) {
    worker.simulate({ room: new Room({ name: "try", metadata: "x".repeat(1_000) }) });
    for (const { id } of worker.takeOffers()) worker.answer(id);
  }
  assert.equal(node.dispatcher.jobCount, MAX_JOBS_FOR_SIMULATION);
  assert.equal(node.counters.jobsRefused, MAX_JOBS_FOR_SIMULATION);
});
