import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as delay, setImmediate } from "node:timers/promises";
import { createLog } from "../log/log.js";
import type { WorkerOptions } from "./worker-options.js";
import type { ReadyWorker, WorkerListener } from "./worker-pool.js";
import { WorkerSupervisor } from "./worker-supervisor.js";

const READY = `process.send({ type: "ready", fingerprint: {}, candidates: [], localCandidates: [], packetPath: "stub" });`;
const STAYS = `process.on("message", ({ type }) => type === "shutdown" && process.disconnect()); process.on("disconnect", () => process.exit(0));`;

/** A supervisor of one worker that runs `program`, with what its listener has heard. */
function supervise(t: TestContext, program: string) {
  const folder = mkdtempSync(join(tmpdir(), "sluice-worker-"));
  const file = join(folder, "worker.mjs");
  writeFileSync(file, program);
  const supervisor = new WorkerSupervisor({
    program: file,
    flags: [],
    workers: [{ index: 0 } as WorkerOptions],
    log: createLog({ level: "fatal", format: "json" }),
    environment: {},
  });
  t.after(async () => {
    await supervisor.close();
    rmSync(folder, { recursive: true });
  });
  const ready: ReadyWorker[] = [];
  const died: ReadyWorker[] = [];
  const listener: WorkerListener = {
    handleWorkerReady: (worker) => void ready.push(worker),
    handleWorkerDied: (worker) => void died.push(worker),
    handleMediaEvent: () => undefined,
    handleStatistics: () => undefined,
  };
  return { supervisor, listener, ready, died };
}

/** A name that no file has yet. */
function flagFile(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-flag-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, "flag");
}

/** The test's own time limit ends a wait in vain. */
async function until(isOver: () => boolean): Promise<void> {
  while (!isOver()) await delay(10);
}

function isGone(pid: number): boolean {
  try {
    return !process.kill(pid, 0);
  } catch {
    return true;
  }
}

test("a worker that is ready before anybody listens is heard once, when somebody does", async (t) => {
  const flag = flagFile(t);
  const { supervisor, listener, ready, died } = supervise(
    t,
    `import { writeFileSync } from "node:fs"; ${READY} ${STAYS} writeFileSync(${JSON.stringify(flag)}, "");`,
  );
  supervisor.prepare();
  // What was sent before the file was written has come when the loop has turned once more.
  await until(() => existsSync(flag));
  await setImmediate();
  assert.equal(supervisor.isReady, false);
  await supervisor.start(listener);
  assert.deepEqual([ready.length, died.length, supervisor.isReady], [1, 0, true]);
});

test("without preparation it starts them itself", async (t) => {
  const { supervisor, listener, ready } = supervise(t, READY + STAYS);
  await supervisor.start(listener);
  assert.equal(ready.length, 1);
});

test("one that has died before anybody listened is replaced, and its last words are not heard", async (t) => {
  const flag = flagFile(t);
  const program = `import { existsSync, writeFileSync } from "node:fs";
${STAYS}
if (existsSync(${JSON.stringify(flag)})) { ${READY} } else { writeFileSync(${JSON.stringify(flag)}, ""); ${READY} setTimeout(() => process.exit(3), 20); }`;
  const { supervisor, listener, ready, died } = supervise(t, program);
  supervisor.prepare();
  const [first] = supervisor.processIds;
  assert.ok(first !== undefined);
  await until(() => supervisor.processIds[0] !== first);
  await supervisor.start(listener);
  assert.deepEqual([ready.length, died.length], [1, 0]);
  assert.notEqual(supervisor.processIds[0], first);
});

test("one that always dies makes the start fail with its reason, prepared or not", async (t) => {
  const { supervisor, listener } = supervise(t, `throw new Error("no socket for me");`);
  supervisor.prepare();
  const [first] = supervisor.processIds;
  await until(() => supervisor.processIds[0] !== first);
  await assert.rejects(supervisor.start(listener), /media worker 0 does not start: no socket for me/);
});

test("closed before anybody listened, it leaves no process behind and cannot start any more", async (t) => {
  const { supervisor, listener } = supervise(t, READY + STAYS);
  supervisor.prepare();
  const [pid] = supervisor.processIds;
  assert.ok(pid !== undefined);
  await supervisor.close();
  assert.ok(isGone(pid));
  await assert.rejects(supervisor.start(listener), /closed/);
});
