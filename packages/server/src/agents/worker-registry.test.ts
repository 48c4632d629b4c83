import assert from "node:assert/strict";
import { test } from "node:test";
import { JobType } from "@livekit/protocol";
import fc from "fast-check";
import { permissionsOf } from "../room/permissions.js";
import type { AgentWorker } from "./agent-worker.js";
import { WorkerRegistry } from "./worker-registry.js";

const KIND = { agentName: "", namespace: "", jobType: JobType.JT_ROOM, deployment: "" };

function worker(workerId: string, more: Partial<AgentWorker> = {}): AgentWorker {
  const state = { isAvailable: true, load: 0, jobCount: 0, offers: 0 };
  return { ...KIND, permissions: permissionsOf({}), apiKey: "key", workerId, ...state, ...more };
}

test("workers are chosen as often as they have room", () => {
  const registry = new WorkerRegistry();
  for (const [id, load] of [
    ["idle", 0],
    ["half", 0.5],
    ["busy", 0.9],
  ] as const) {
    registry.add(worker(id, { load }));
  }
  const counts = new Map<string, number>();
  for (let i = 0; i < 1_600; i++) {
    const id = registry.choose(KIND, new Set(), i / 1_600)?.workerId ?? "";
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  assert.deepEqual(Object.fromEntries(counts), { idle: 1_000, half: 500, busy: 100 });
});

test("a worker that says it is loaded to the brim and available still gets something", () => {
  const registry = new WorkerRegistry();
  registry.add(worker("a", { load: 1 }));
  assert.equal(registry.choose(KIND, new Set(), 0.999)?.workerId, "a");
});

test("namespaces are those of workers for the same jobs, each once", () => {
  const registry = new WorkerRegistry();
  registry.add(worker("a"));
  registry.add(worker("b"));
  registry.add(worker("c", { namespace: "n" }));
  registry.add(worker("d", { namespace: "other", agentName: "x" }));
  assert.deepEqual(registry.namespaces(KIND), ["", "n"]);
  registry.remove("c");
  assert.deepEqual(registry.namespaces(KIND), [""]);
});

test("who is chosen is of the kind, available, not too busy and not excluded, and there is one when there can be", () => {
  const arbitraryWorker = fc.record({
    agentName: fc.constantFrom("", "echo"),
    isAvailable: fc.boolean(),
    load: fc.double({ min: 0, max: 1, noNaN: true }),
    offers: fc.integer({ min: 0, max: 20 }),
    isExcluded: fc.boolean(),
  });
  const below1 = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.array(arbitraryWorker, { maxLength: 12 }), below1, (workers, random) => {
      const registry = new WorkerRegistry();
      for (const [index, { isExcluded: _, ...more }] of workers.entries()) registry.add(worker(String(index), more));
      const excluded = new Set(workers.flatMap(({ isExcluded }, index) => (isExcluded ? [String(index)] : [])));
      const good = workers.flatMap(({ agentName, isAvailable, offers, isExcluded }, index) =>
        agentName === "" && isAvailable && offers < 16 && !isExcluded ? [String(index)] : [],
      );
      const chosen = registry.choose(KIND, excluded, random);
      if (good.length === 0) assert.equal(chosen, undefined);
      else assert.ok(chosen !== undefined && good.includes(chosen.workerId));
    }),
  );
});
