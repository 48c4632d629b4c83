import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parseConfig } from "../config/parse-config.js";
import { createLog } from "../log/log.js";
import { type RunningServer, startServer } from "../main.js";
import { PROFILES } from "./profile-routes.js";

const TOKEN = "a-token-for-profiles";
const log = createLog({ level: "fatal", format: "json" });

function config(flags: Readonly<Record<string, unknown>>) {
  return parseConfig({
    flags: {
      dev: true,
      "bind-address": "127.0.0.1:0",
      "admin.bind-address": "127.0.0.1:0",
      "udp-port": 0,
      workers: 2,
      ...flags,
    },
    environment: {},
    file: undefined,
    cpuCores: 2,
  });
}

let server: RunningServer;
/** Where profiles are on their way. */
const folder = mkdtempSync(join(tmpdir(), "sluice-profile-routes-"));
const usualFolder = process.env.TMPDIR;

before(async () => {
  process.env.TMPDIR = folder;
  server = await startServer(config({ "metrics.enabled": true, "profiling.enabled": true, "profiling.token": TOKEN }), log);
});

after(async () => {
  await server.close();
  if (usualFolder === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = usualFolder;
  rmSync(folder, { recursive: true });
});

function ask(query: string, init: RequestInit = {}, headers: Record<string, string> = { authorization: `Bearer ${TOKEN}` }) {
  return fetch(`${server.adminUrl}/debug/pprof/${query}`, { ...init, headers });
}

/** The profile, of which nothing is left behind. */
async function take<T>(query: string): Promise<{ readonly profile: T; readonly response: Response }> {
  const response = await ask(query);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  assert.equal(Number(response.headers.get("content-length")), Buffer.byteLength(text));
  const deadline = performance.now() + 10_000;
  // It is taken away after the last byte is.
  while (readdirSync(folder).length > 0) {
    assert.ok(performance.now() < deadline, readdirSync(folder).join());
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return { profile: JSON.parse(text) as T, response };
}

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
}

interface CpuProfile {
  readonly nodes: readonly { readonly callFrame: CallFrame }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

test("where a worker's time goes: functions by their names and files", async () => {
  // An idle worker may be asleep whenever it is looked at: it gets something to do.
  let isLooking = true;
  const scrapes = (async () => {
    while (isLooking) await (await fetch(`${server.adminUrl}/metrics`)).text();
  })();
  const { profile, response } = await take<CpuProfile>("profile?process=worker-1&seconds=1").finally(() => {
    isLooking = false;
  });
  await scrapes;
  assert.match(response.headers.get("content-disposition") ?? "", /filename="sluice-worker-1.cpuprofile"/);
  const frames = profile.nodes.map(({ callFrame }) => callFrame);
  const ofWorker = frames.filter(({ url }) => url.includes("/worker/worker-process/"));
  assert.ok(ofWorker.length > 0 && ofWorker.some(({ functionName }) => functionName !== ""), JSON.stringify(frames));
  assert.ok(frames.every(({ url }) => !url.endsWith("/server/dist/main.js")));
  assert.equal(profile.samples.length, profile.timeDeltas.length);
});

test("what is on the heap of a worker, with the classes that only it has", async () => {
  const { profile } = await take<{ snapshot: { node_count: number }; strings: readonly string[] }>("heap?process=worker-0");
  assert.ok(profile.snapshot.node_count > 10_000);
  assert.ok(profile.strings.includes("MediaWorker") && !profile.strings.includes("WorkerSupervisor"));
});

test("who allocates, and how late a worker is", async () => {
  interface Site {
    readonly callFrame: CallFrame;
    readonly selfSize: number;
    readonly children: readonly Site[];
  }
  const { profile } = await take<{ head: Site }>("allocs?process=worker-0&seconds=1");
  const sizeOf = ({ selfSize, children }: Site): number => children.reduce((sum, each) => sum + sizeOf(each), selfSize);
  assert.equal(profile.head.callFrame.functionName, "(root)");
  assert.ok(sizeOf(profile.head) > 0);
  const { profile: report } = await take<{
    eventLoop: { samples: number; maxMs: number; percentilesMs: Record<string, number> };
    packetLoop: readonly { atMostMs: number | null; datagrams: number }[];
  }>("delay?process=worker-0&seconds=1");
  assert.ok(report.eventLoop.samples > 10);
  assert.ok(report.eventLoop.maxMs >= (report.eventLoop.percentilesMs["99"] ?? Number.NaN));
  assert.equal(report.packetLoop.at(-1)?.atMostMs, null);
});

test("one at a time, and one that nobody waits for any more ends at once", async () => {
  const leaving = new AbortController();
  const first = ask("profile?process=worker-0&seconds=300", { signal: leaving.signal });
  let refused = await ask("profile?process=control&seconds=1");
  // It may have come first.
  while (refused.status === 200) refused = await ask("profile?process=control&seconds=1");
  assert.equal(refused.status, 409);
  assert.match(await refused.text(), /a profile \(cpu\) of worker 0 is being taken/);
  leaving.abort();
  await assert.rejects(first);
  let next = refused;
  while (next.status === 409) next = await ask("delay?process=worker-0&seconds=1");
  assert.equal(next.status, 200);
});

test("nobody gets one without the token", async () => {
  for (const name of Object.keys(PROFILES)) {
    for (const headers of [{}, { authorization: "Bearer another-token-for-profiles" }, { authorization: `Basic ${TOKEN}` }]) {
      const response = await ask(`${name}?process=control&seconds=1`, {}, headers as Record<string, string>);
      assert.equal(response.status, 401, name);
      assert.equal((await response.text()).includes("{"), false);
    }
  }
});

for (const [query, status, reason] of [
  ["profile?seconds=0", 400, /1–300/],
  ["profile?seconds=301", 400, /1–300/],
  ["profile?seconds=1e1", 400, /1–300/],
  ["profile?process=worker-x", 400, /"worker-0"/],
  ["profile?process=../../etc", 400, /"worker-0"/],
  ["profile?process=worker-2", 404, /this node has 2/],
  ["symbol", 404, /\/debug\/pprof\/profile/],
] as const) {
  test(`${query} is ${status}`, async () => {
    const response = await ask(query);
    assert.equal(response.status, status);
    assert.match(await response.text(), reason);
  });
}

test("a worker that dies meanwhile is said, and its successor can be looked at", async () => {
  const asked = ask("profile?process=worker-1&seconds=300");
  // Until it is being taken.
  while ((await ask("delay?process=worker-0&seconds=1")).status !== 409);
  process.kill(server.workerProcessIds[1] ?? 0, "SIGKILL");
  const response = await asked;
  assert.equal(response.status, 503);
  assert.match(await response.text(), /worker 1 took no profile: it has died/);
  let next = response;
  while (next.status === 503) next = await ask("delay?process=worker-1&seconds=1");
  assert.equal(next.status, 200);
});

test("without profiling.enabled there is none, whatever is shown", async (t) => {
  const other = await startServer(config({ "metrics.enabled": true, "profiling.token": TOKEN, workers: 1 }), log);
  t.after(() => other.close());
  for (const name of Object.keys(PROFILES)) {
    const headers = { authorization: `Bearer ${TOKEN}` };
    assert.equal((await fetch(`${other.adminUrl}/debug/pprof/${name}`, { headers })).status, 404);
    assert.equal((await fetch(`${server.url}/debug/pprof/${name}`, { headers })).status, 404);
  }
});
