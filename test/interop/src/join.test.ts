/** `sluice join` as a process: what somebody sees who tries a node from a terminal, or lets a machine do it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Exit, SluiceProcess } from "./harness/sluice-process.js";
import { TestNode } from "./harness/test-node.js";

let node: TestNode;

before(async () => {
  node = await TestNode.start();
});

after(() => node.close());

for (const codec of ["vp8", "h264"] as const) {
  test(`two bots receive each other's ${codec} and opus without a loss, and exit with 0`, async (t) => {
    const room = `join-${codec}`;
    const arguments_ = (name: string) => [...join(room, name), "--codec", codec, "--subscribe", "--json", "--duration", "4s"];
    const bots = [SluiceProcess.start(t, arguments_("bot1")), SluiceProcess.start(t, arguments_("bot2"))];
    for (const exit of await Promise.all(bots.map((bot) => bot.exit()))) {
      assert.equal(exit.code, 0, exit.stderr);
      const lines = linesOf(exit);
      const { tracks, lost } = lines.at(-1)?.summary as Record<string, unknown>;
      assert.deepEqual({ tracks, lost }, { tracks: 2, lost: 0 });
      const reports = lines.slice(0, -1);
      for (const report of reports) {
        assert.deepEqual(Object.keys(report), [
          "track",
          "kind",
          "codec",
          "packets",
          "lost",
          "bitrateBps",
          "frames",
          "jitterMs",
        ]);
      }
      assertReceived(
        reports.findLast((report) => report.kind === "video"),
        codec.toUpperCase(),
      );
      assertReceived(
        reports.findLast((report) => report.kind === "audio"),
        "opus",
      );
    }
    assert.deepEqual(node.complaints, []);
  });
}

test("a bot that receives nothing says so and exits with 1", async (t) => {
  const bot = SluiceProcess.start(t, [...join("join-empty", "bot1"), "--subscribe", "--json", "--duration", "1s"]);
  const { code, stderr } = await bot.exit();
  assert.equal(code, 1);
  assert.match(stderr, /nothing was received/);
});

test("a bot that is not let in says why and exits with 1", async (t) => {
  const bot = SluiceProcess.start(t, [
    ...join("join-refused", "bot1"),
    "--key",
    "devkey",
    "--secret",
    "another",
    "--duration",
    "1s",
  ]);
  const { code, stderr } = await bot.exit();
  assert.equal(code, 1, stderr);
  assert.match(stderr, /token|signature|401/i);
});

test("Ctrl-C ends a bot with a summary and 0", async (t) => {
  const bot = SluiceProcess.start(t, [...join("join-interrupted", "bot1"), "--json"]);
  await bot.says(/bot1 joined room join-interrupted/);
  const exit = await bot.end();
  assert.equal(exit.code, 0, exit.stderr);
  assert.ok("summary" in (linesOf(exit).at(-1) ?? {}));
});

function join(room: string, name: string): string[] {
  return ["join", "--url", node.webSocketUrl, "--room", room, "--name", name];
}

function linesOf({ stdout }: Exit): Record<string, unknown>[] {
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

function assertReceived(report: Record<string, unknown> | undefined, codec: string): void {
  assert.ok(report !== undefined, `no report of ${codec}`);
  assert.equal(report.codec, codec);
  assert.equal(report.lost, 0);
  assert.match(String(report.track), /^TR_/);
  for (const field of ["packets", "frames", "bitrateBps"]) assert.ok(Number(report[field]) > 20, `${field}: ${report[field]}`);
  assert.ok(Number(report.jitterMs) < 100, `jitterMs: ${report.jitterMs}`);
}
