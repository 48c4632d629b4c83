import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { parseConfig, type RunningServer, startServer } from "@sluice/server";
import { runCommandLine } from "../command-line.js";
import type { MediaSummary } from "../load/media/media-summary.js";

async function startNode(limits: Record<string, number> = {}): Promise<RunningServer> {
  const flags = { dev: true, "bind-address": "127.0.0.1:0", "udp-port": 0, workers: 1, "log-level": "fatal", ...limits };
  return startServer(parseConfig({ flags, environment: {}, file: undefined, cpuCores: 1 }));
}

async function run(...argv: string[]) {
  const written = { stdout: "", stderr: "" };
  const exitCode = await runCommandLine(["loadtest", ...argv], {
    environment: {},
    stdout: { write: (text) => (written.stdout += text) },
    stderr: { write: (text) => (written.stderr += text) },
  });
  return { exitCode, ...written };
}

async function report(...argv: string[]): Promise<MediaSummary & { exitCode: number | undefined; stderr: string }> {
  const { exitCode, stdout, stderr } = await run("--json", "--dev", ...argv);
  return { ...(JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as MediaSummary), exitCode, stderr };
}

describe("media load on a real node", () => {
  let node: RunningServer;
  before(async () => {
    node = await startNode();
  });
  after(() => node.close());

  for (const door of ["jsonrpc", "livekit"]) {
    test(`at the door ${door} every subscriber has every packet, whether it decrypts or counts`, async () => {
      const load = [
        "--publishers",
        "2",
        "--audio-publishers",
        "1",
        "--subscribers",
        "4",
        "--bitrate",
        "300kbps",
        "--sample",
        "2",
      ];
      const done = await report("-url", node.url, "-door", door, "-room", door, "-duration", "3s", ...load);
      assert.deepEqual([done.exitCode, done.stderr, done.ended, done.errorsByCode], [0, "", "completed", []]);
      assert.deepEqual([done.publishers, done.subscribers, done.join.count, done.firstPacket.count], [3, 4, 7, 4]);
      // Each of four has what three have sent, but for what was under way when measuring began and ended.
      const ratio = done.deliveredPackets / (4 * done.sentPackets);
      assert.ok(ratio > 0.8 && ratio < 1.2, String(ratio));
      for (const { packets, videos } of [done.sampled, done.counted]) {
        assert.ok(Math.abs(packets - done.deliveredPackets / 2) < done.deliveredPackets / 10, String(packets));
        assert.equal(videos, 4);
      }
      assert.deepEqual([done.sampled.lost, done.counted.lost], [0, 0]);
      // Only those that decrypt can read when a packet was sent, and all of them can.
      assert.ok(Math.abs(done.delay.count - done.sampled.packets) < done.sampled.packets / 5);
      assert.ok((done.delay.p50Ms ?? 0) > 0 && (done.delay.p50Ms ?? 0) < (done.firstPacket.maxMs ?? 0) + 1_000);
    });
  }

  test("of several processes in several rooms; who looks at one speaker has one video", async () => {
    const load = ["--rooms", "2", "--publishers", "2", "--subscribers", "2", "--bitrate", "100kbps", "--layout", "speaker"];
    const done = await report(
      "--url",
      node.url,
      "--room",
      "speakers",
      "--processes",
      "2",
      "--duration",
      "3s",
      "--hidden",
      ...load,
    );
    assert.deepEqual([done.exitCode, done.generator.processes, done.subscribers], [0, 2, 4]);
    // Two rooms with two videos for two subscribers each; one of the two is looked at.
    const ratio = done.deliveredPackets / done.sentPackets;
    assert.ok(ratio > 0.7 && ratio < 1.4, String(ratio));
  });

  test("a bad network loses and delays what comes through it, and repair makes up for some of it", async () => {
    const load = ["--subscribers", "6", "--sample", "2", "--bitrate", "1mbps", "--impair", "loss=10%,delay=60ms"];
    const done = await report("--url", node.url, "--room", "bad", "--duration", "5s", ...load);
    assert.deepEqual([done.exitCode, done.subscribers], [0, 6]);
    assert.ok((done.delay.p50Ms ?? 0) >= 60, String(done.delay.p50Ms));
    assert.ok(done.counted.lossRate > 0.05 && done.counted.lossRate < 0.2, String(done.counted.lossRate));
    assert.ok(done.sampled.lossRate < done.counted.lossRate / 2, String(done.sampled.lossRate));
  });

  test("the report is a page, too, that needs nothing but itself", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-loadtest-"));
    try {
      const page = join(folder, "report.html");
      const load = ["--subscribers", "4", "--sample", "2", "--bitrate", "200kbps", "--duration", "3s", "--html", page];
      const done = await report("--url", node.url, "--room", "page", ...load);
      const html = readFileSync(page, "utf8");
      assert.equal(done.exitCode, 0);
      assert.equal(html.match(/<svg/g)?.length, 6);
      const { packets, lost } = done.sampled;
      assert.ok(html.includes(`<td>that do everything</td><td>${packets}</td><td>${lost}</td>`));
      assert.ok(html.includes(`<td>join</td><td>${done.join.count}</td>`));
      // Three seconds of packets at both kinds of subscribers.
      const [, delivered = ""] = /aria-label="Delivered">([\s\S]*?)<\/svg>/.exec(html) ?? [];
      const lines = [...delivered.matchAll(/points="([^"]*)"/g)].map(([, path = ""]) => path.split(" ").length);
      assert.equal(lines.length, 2);
      assert.ok(lines.every((points) => points >= 2));
      assert.doesNotMatch(html, /<script|src=|href=|NaN|Infinity/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test("nobody there is one line", async () => {
  const { exitCode, stdout, stderr } = await run("--dev", "--url", "ws://127.0.0.1:1", "--subscribers", "50");
  assert.deepEqual([exitCode, stdout], [1, ""]);
  assert.match(stderr, /^sluice loadtest: cannot connect to 127\.0\.0\.1:1: ECONNREFUSED; .*\n$/);
});

test("a limit of the node is met by the name of its option", async () => {
  const node = await startNode({ "limits.participants-per-room": 4 });
  try {
    const { exitCode, stderr } = await run("--dev", "--url", node.url, "--subscribers", "9", "--join-rate", "10");
    assert.equal(exitCode, 1);
    assert.match(stderr, /of 10 participants the server took [0-4]: .*start it with a larger --limits\.participants-per-room/);
  } finally {
    await node.close();
  }
});
