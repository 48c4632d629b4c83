import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createToken, DEV_KEY, DEV_SECRET, parseConfig, type RunningServer, startServer } from "@sluice/server";
import type { OPTION_NAMES } from "@sluice/server/run";
import { runCommandLine } from "../command-line.js";
import type { SignalingSummary } from "../load/signaling/signaling-summary.js";
import { until } from "../testing/until.js";

const MAIN = fileURLToPath(new URL("../main.js", import.meta.url));

async function startNode(limits: Record<string, number> = {}): Promise<RunningServer> {
  const flags = { dev: true, "bind-address": "127.0.0.1:0", "udp-port": 0, workers: 1, "log-level": "fatal", ...limits };
  return startServer(parseConfig({ flags, environment: {}, file: undefined, cpuCores: 1 }));
}

async function run(...argv: string[]) {
  const written = { stdout: "", stderr: "" };
  const exitCode = await runCommandLine(["loadgen", ...argv], {
    environment: {},
    stdout: { write: (text) => (written.stdout += text) },
    stderr: { write: (text) => (written.stderr += text) },
  });
  return { exitCode, ...written };
}

async function report(...argv: string[]): Promise<SignalingSummary & { exitCode: number | undefined; stderr: string }> {
  const { exitCode, stdout, stderr } = await run("--json", ...argv);
  return { ...(JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as SignalingSummary), exitCode, stderr };
}

/** Resolves when so many are in the room, which the node's own API says. */
async function untilPresent(url: string, room: string, count: number): Promise<void> {
  const token = await createToken({ key: DEV_KEY, secret: DEV_SECRET, identity: "test", grant: { room, roomAdmin: true } });
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  let present: number | undefined;
  const look = async () => {
    const response = await fetch(`${url}/twirp/livekit.RoomService/ListParticipants`, {
      method: "POST",
      headers,
      body: JSON.stringify({ room }),
    });
    const { participants = [] } = (await response.json()) as { participants?: readonly unknown[] };
    present = participants.length;
  };
  let looking: Promise<void> | undefined;
  await until(`${count} in ${room}`, () => {
    looking ??= look().finally(() => {
      looking = undefined;
    });
    return present === count;
  });
  await looking;
}

describe("signaling load on a real node", () => {
  let node: RunningServer;
  let url: string;
  before(async () => {
    node = await startNode();
    url = `${node.url.replace("http", "ws")}/rpc`;
  });
  after(() => node.close());

  test("as many requests as were asked for, each of the mix in its share, all granted; flags as in Go", async () => {
    const done = await report(
      "-c",
      "23",
      "-r",
      "100",
      "-d",
      "2s",
      "-url",
      url,
      "-dev",
      "--mix",
      "join=1,subscribe=4,signal=3,data=1,ping=1",
    );
    assert.deepEqual([done.exitCode, done.stderr, done.ended], [0, "", "completed"]);
    assert.deepEqual([done.requests, done.errors, done.connections, done.connect.count], [200, 0, 23, 23]);
    const counts = Object.fromEntries(Object.entries(done.byRequest).map(([name, { count }]) => [name, count]));
    const { subscribe = 0, unsubscribe = 0, ...others } = counts;
    assert.deepEqual(others, { join: 20, signal: 60, sendData: 20, ping: 20 });
    assert.equal(subscribe + unsubscribe, 80);
    // Each signal comes to one, each message to everybody else in its room.
    assert.ok(done.delivery.count >= 60 + 20, String(done.delivery.count));
    const { p50Ms, p90Ms, p99Ms, p999Ms, maxMs } = done;
    const ascending = [p50Ms, p90Ms, p99Ms, p999Ms, maxMs].map((ms) => ms ?? Number.NaN);
    assert.deepEqual(
      ascending,
      ascending.toSorted((a, b) => a - b),
    );
    // A request is sent when it is due or later, so it has waited for its answer at least as long as the wire took.
    assert.ok((done.service.meanMs ?? 0) <= (done.meanMs ?? 0));
  });

  test("one token for all connections: they ping, and the node counts one participant at most", async () => {
    const token = await createToken({ key: DEV_KEY, secret: DEV_SECRET, identity: "a", grant: { room: "r", roomJoin: true } });
    const header = `Authorization: Bearer ${token}`;
    const done = await report("-c", "10", "-r", "100", "-d", "500ms", "-H", header, "--url", node.url);
    assert.deepEqual([done.exitCode, done.requests, done.errors, done.byRequest.ping?.count], [0, 50, 0, 50]);
    const alone = await report(
      "-c",
      "1",
      "-r",
      "50",
      "-d",
      "500ms",
      "--url",
      `${node.url}/rpc?access_token=${token}`,
      "--mix",
      "data",
    );
    assert.deepEqual([alone.exitCode, alone.byRequest.sendData?.count], [0, 25]);
    const refused = await run("-c", "1", "-H", "Authorization: Bearer nonsense", "--url", url);
    assert.deepEqual([refused.exitCode, refused.stdout], [1, ""]);
    assert.match(refused.stderr, /^sluice loadgen: the server refused: /);
  });

  test("steps in several processes: each holds its connections, and the page says so without fetching anything", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-loadgen-"));
    try {
      const page = join(folder, "report.html");
      const done = await report(
        "--steps",
        "4,12,25",
        "-r",
        "60",
        "-d",
        "3s",
        "--processes",
        "2",
        "--url",
        url,
        "--dev",
        "--html",
        page,
      );
      assert.deepEqual([done.exitCode, done.errors, done.generator.processes], [0, 0, 2]);
      assert.deepEqual(
        done.steps.map(({ connections, requests, count }) => [connections, requests, count]),
        [
          [4, 60, 60],
          [12, 60, 60],
          [25, 60, 60],
        ],
      );
      const html = readFileSync(page, "utf8");
      assert.equal(html.match(/<svg/g)?.length, 4);
      assert.match(html, /<td>at 25 connections<\/td><td>60<\/td>/);
      assert.doesNotMatch(html, /<script|src=|href=/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("Ctrl-C ends early, with a report, and nobody is left behind", async () => {
    const load = ["--dev", "--url", url, "-c", "5", "-r", "50", "-d", "10m", "--room", "interrupted"];
    const child = spawn(process.execPath, [MAIN, "loadgen", ...load], { stdio: ["ignore", "pipe", "inherit"] });
    const exited = once(child, "exit");
    let printed = "";
    child.stdout.on("data", (chunk) => (printed += String(chunk)));
    await untilPresent(node.url, "interrupted-0", 5);
    child.kill("SIGINT");
    assert.deepEqual(await exited, [0, null]);
    assert.match(printed, /all requests +\d+/);
    assert.match(printed, /#\[Max/);
    await untilPresent(node.url, "interrupted-0", 0);
  });
});

test("nobody there is one line, before thousands have tried", async () => {
  const { exitCode, stdout, stderr } = await run("--dev", "--url", "ws://127.0.0.1:1", "-c", "5000");
  assert.deepEqual([exitCode, stdout], [1, ""]);
  assert.match(stderr, /^sluice loadgen: cannot connect to 127\.0\.0\.1:1: ECONNREFUSED; .*\n$/);
});

/** Each with what makes the node refuse something, and the option that has to be named for it. */
const LIMITS = [
  ["limits.connections-per-ip", 5, ["-c", "9"]],
  ["limits.rooms", 1, ["-c", "9", "--participants-per-room", "3"]],
  ["limits.participants-per-room", 4, ["-c", "9"]],
  ["limits.requests-per-second", 2, ["-c", "1", "-r", "100", "-d", "1s", "--mix", "ping"]],
] as const satisfies readonly (readonly [(typeof OPTION_NAMES)[number], number, readonly string[]])[];

for (const [option, limit, load] of LIMITS) {
  test(`the node's ${option} is met by its name`, async () => {
    const node = await startNode({ [option]: limit });
    try {
      const { exitCode, stderr, stdout } = await run("--dev", "--url", node.url, "--connect-rate", "20", ...load);
      assert.equal(exitCode, 1);
      assert.ok(`${stdout}${stderr}`.includes(`start it with a larger --${option}`), `${stdout}${stderr}`);
    } finally {
      await node.close();
    }
  });
}

test("a share of errors that was allowed is no failure", async () => {
  const node = await startNode({ "limits.requests-per-second": 2 });
  try {
    const load = ["--dev", "--url", node.url, "-c", "1", "-r", "100", "-d", "1s", "--mix", "ping"];
    const done = await report(...load, "--max-error-rate", "100%");
    assert.equal(done.exitCode, 0);
    assert.deepEqual([done.requestErrors[0]?.code, done.requests], ["resourceExhausted", 100]);
    assert.ok(done.errorRate > 0.5 && done.errors === done.requestErrors[0]?.count);
  } finally {
    await node.close();
  }
});
