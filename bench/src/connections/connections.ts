import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { NodeProcess, residentBytes } from "@sluice/interop";
import { round } from "../summary.js";
import { type IdleForm, idleForms } from "./idle-form.js";

const DEFAULT_COUNT = 1_000;
const PARTICIPANTS_PER_ROOM = 10;
/** Joining at one time. */
const CONCURRENCY = 16;
/** What the first ones bring (compiled code, pools) is not a connection's: so many are there before the others are counted. */
const WARM_UP = 50;
/** Until what joining left behind is done, ms. */
const SETTLE_MS = 1_000;

/** Memory of a node's two processes, bytes. */
interface NodeMemory {
  readonly controlHeap: number;
  readonly workerHeap: number;
  readonly controlResident: number;
  readonly workerResident: number;
}

/**
 * `npm run bench -- connections [--count N] [--form TEXT]`: what idle connections cost a node with one worker, in rooms of ten. Live heap is
 * what survives a full collection, objects and their buffers; resident is what the system counts, libraries' memory and what the
 * heap has grown by included.
 */
export async function benchConnections(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { count: { type: "string" }, form: { type: "string" } } });
  const count = Number(values.count ?? DEFAULT_COUNT);
  for (const form of idleForms()) {
    if (values.form !== undefined && !form.name.includes(values.form)) continue;
    const connections = Math.min(count, form.maxConnections - WARM_UP);
    const each = await measureForm(form, connections);
    console.log(JSON.stringify({ bench: "connections", form: form.name, connections, ...each }));
  }
}

async function measureForm(form: IdleForm, count: number) {
  const node = await NodeProcess.start(1, ["--limits.connections-per-ip", String(2 * (count + WARM_UP))]);
  const leaves: (() => unknown)[] = [];
  try {
    leaves.push(...(await joinAll(form, node, "warm", WARM_UP)));
    const before = await memoryOf(node);
    const startMs = performance.now();
    leaves.push(...(await joinAll(form, node, "idle", count)));
    const passedMs = performance.now() - startMs;
    const after = await memoryOf(node);
    for (const complaint of node.complaints) process.stderr.write(`${complaint}\n`);
    const kilobytes = (key: keyof NodeMemory) => round((after[key] - before[key]) / count / 1_000, 1);
    return {
      /** KB each. */
      controlHeapKB: kilobytes("controlHeap"),
      workerHeapKB: kilobytes("workerHeap"),
      controlResidentKB: kilobytes("controlResident"),
      workerResidentKB: kilobytes("workerResident"),
      joinsPerSecond: Math.round((count * 1_000) / passedMs),
    };
  } finally {
    for (const leave of leaves) await leave();
    await node.close();
  }
}

/** Returns what makes them leave. */
async function joinAll(form: IdleForm, node: NodeProcess, name: string, count: number): Promise<(() => unknown)[]> {
  const leaves: (() => unknown)[] = [];
  const waiting = Array.from({ length: count }, (_, index) => index);
  const joinNext = async () => {
    for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
      leaves.push(
        await form.join(node, `${name}-${Math.floor(index / PARTICIPANTS_PER_ROOM)}`, `${name}-participant-${index}`),
      );
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, joinNext));
  await delay(SETTLE_MS);
  return leaves;
}

async function memoryOf({ control, workers: [worker] }: NodeProcess): Promise<NodeMemory> {
  if (worker === undefined) throw new Error("there is no worker");
  const [controlHeap, workerHeap] = [await control.liveHeapBytes(), await worker.liveHeapBytes()];
  const residentOf = async (inspector: typeof control) => {
    const bytes = residentBytes(await inspector.pid());
    if (bytes === undefined) throw new Error("this system does not tell how much memory a process has: there is no /proc");
    return bytes;
  };
  return {
    controlHeap,
    workerHeap,
    controlResident: await residentOf(control),
    workerResident: await residentOf(worker),
  };
}
