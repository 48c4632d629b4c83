import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parseConfig, type RunningServer, startServer } from "@sluice/server";
import { runCommandLine } from "../command-line.js";

const TOKEN = "a-token-for-profiles";
const folder = mkdtempSync(join(tmpdir(), "sluice-cli-profile-"));
const nodes: RunningServer[] = [];

async function start(flags: Readonly<Record<string, unknown>>): Promise<RunningServer> {
  const all = {
    dev: true,
    "bind-address": "127.0.0.1:0",
    "admin.bind-address": "127.0.0.1:0",
    "udp-port": 0,
    workers: 1,
    "log-level": "fatal",
    ...flags,
  };
  const server = await startServer(parseConfig({ flags: all, environment: {}, file: undefined, cpuCores: 1 }));
  nodes.push(server);
  return server;
}

let node: RunningServer;
before(async () => {
  node = await start({ "profiling.enabled": true, "profiling.token": TOKEN });
});
after(async () => {
  await Promise.all(nodes.map((each) => each.close()));
  rmSync(folder, { recursive: true });
});

interface Surroundings {
  readonly environment?: Readonly<Record<string, string>>;
  readonly isTerminal?: boolean;
}

async function profile(args: readonly string[], { environment = {}, isTerminal = false }: Surroundings = {}) {
  const written = { stdout: "", stderr: "" };
  const exitCode = await runCommandLine(["profile", ...args], {
    environment,
    stdout: { write: (text) => (written.stdout += text) },
    stderr: { isTTY: isTerminal, columns: 80, write: (text) => (written.stderr += text) },
  });
  return { exitCode, ...written };
}

const url = () => node.adminUrl ?? "";

test("where the time of a worker goes is in the file, for nobody else to read, and progress is on the terminal", async () => {
  const file = join(folder, "out.cpuprofile");
  const { exitCode, stdout, stderr } = await profile([url(), "--seconds", "1", "--worker", "0", "-o", file, "--token", TOKEN], {
    isTerminal: true,
  });
  assert.equal(exitCode, 0, stderr);
  assert.match(stdout, /out\.cpuprofile: \d+\.\d MB, for Chrome's DevTools/);
  assert.match(stderr, /looking at worker-0: 0 of 1 s/);
  // The profiler is at work when it begins; an idle worker may do nothing else.
  const { nodes: frames } = JSON.parse(readFileSync(file, "utf8"));
  assert.ok(frames.some(({ callFrame }: { callFrame: { url: string } }) => callFrame.url.endsWith("/process-profiler.js")));
  assert.equal(statSync(file).mode & 0o077, 0);
});

test("--json says what there is; the token may come from the environment", async () => {
  const file = join(folder, "control.json");
  const args = [url(), "--control", "--delays", "--seconds", "1", "--output", file, "--json"];
  const { exitCode, stdout, stderr } = await profile(args, { environment: { SLUICE_PROFILING_TOKEN: TOKEN } });
  assert.deepEqual([exitCode, stderr], [0, ""]);
  const { size: sizeBytes } = statSync(file);
  assert.deepEqual(JSON.parse(stdout), { file, process: "control", kind: "delays", seconds: 1, sizeBytes });
});

test("a heap has no seconds", async () => {
  const file = join(folder, "worker.heapsnapshot");
  const { exitCode, stdout, stderr } = await profile([url(), "--heap", "-o", file, "--token", TOKEN, "--json"]);
  assert.equal(exitCode, 0, stderr);
  assert.equal(JSON.parse(stdout).seconds, 0);
  assert.ok(JSON.parse(readFileSync(file, "utf8")).strings.includes("MediaWorker"));
});

test("what cannot be done is said with what to do, and leaves no file", async () => {
  const before = readdirSync(folder);
  const file = join(folder, "none");
  const withToken = ["--seconds", "1", "-o", file, "--token", TOKEN];
  const quiet = await start({ "metrics.enabled": true });
  for (const [args, exitCode, message] of [
    [[url(), "-o", file, "--token", "another-token-of-them"], 1, /--token takes its profiling\.token/],
    [[url(), "--worker", "7", ...withToken], 1, /there is no worker 7: this node has 1/],
    [[quiet.adminUrl ?? "", ...withToken], 1, /start it with --profiling\.enabled and --profiling\.token/],
    [[node.url, ...withToken], 1, /start it with --profiling\.enabled and --profiling\.token/],
    [["http://127.0.0.1:1", ...withToken], 1, /cannot connect to 127\.0\.0\.1:1: ECONNREFUSED; does a node/],
    [[url(), "--seconds", "1", "-o", join(folder, "no", "folder"), "--token", TOKEN], 1, /could not be written/],
    [[url(), "-o", file], 2, /--token is missing/],
    [[url(), "--worker", "0", "--control", ...withToken], 2, /one of them/],
    [[url(), "--heap", "--delays", "-o", file, "--token", TOKEN], 2, /one of them at a time/],
    [[url(), "--heap", ...withToken], 2, /says nothing of a heap/],
    [["ws://127.0.0.1:7880", ...withToken], 2, /expected an address such as http/],
    [[url(), "--seconds", "301", "--token", TOKEN], 2, /1–300/],
  ] as const) {
    const result = await profile(args);
    assert.match(result.stderr, message);
    assert.equal(result.exitCode, exitCode, result.stderr);
  }
  assert.deepEqual(readdirSync(folder), before);
});
