import assert from "node:assert/strict";
import { test } from "node:test";
import { OPUS, VP8 } from "../media-file/codecs.js";
import type { LocalTrack } from "../participant/local-track.js";
import type { TrackReport } from "../participant/track-meter.js";
import { JoinReporter, type JoinReporterOptions, type ReportedParticipant } from "./join-reporter.js";

const REPORT: TrackReport = {
  track: "TR_1",
  kind: "video",
  codec: "VP8",
  packets: 100,
  lost: 2,
  bitrateBps: 512_345,
  frames: 24,
  jitterMs: 1.25,
};

const BOT: ReportedParticipant = {
  identity: "bot1",
  roomName: "demo",
  totals: { tracks: 1, packets: 100, lost: 2 },
  localTracks: [VP8, OPUS].map((codec) => ({ codec, packetsSent: 10 }) as LocalTrack),
  takeReports: () => [REPORT],
};

test("a data message is one line, whatever is in it", () => {
  const message = { from: "PA_1", topic: "t", data: Buffer.from(`\u001b[2J\n${"x".repeat(300)}`) };
  const text = createReporter();
  text.reporter.handleData("bot1", message);
  assert.equal(text.written.stdout, `PA_1 data "t": 305 bytes "\\u001b[2J\\n${"x".repeat(195)}"\n`);
  const steering = createReporter();
  steering.reporter.handleData("bot1", { from: "PA_\u009b", topic: "a\u009b2J", data: Buffer.from("\u202e\u009b1m") });
  assert.equal(steering.written.stdout, 'PA_? data "a?2J": 7 bytes "??1m"\n');
  const server = createReporter();
  server.reporter.handleData("bot1", { from: "", topic: "", data: Buffer.from("hi") });
  assert.equal(server.written.stdout, 'the server data: 2 bytes "hi"\n');
  const json = createReporter({ isJson: true, hasSeveral: true });
  json.reporter.handleData("bot1", { ...message, data: Buffer.from("hi") });
  assert.deepEqual(JSON.parse(json.written.stdout), { from: "PA_1", topic: "t", bytes: 2, text: "hi", bot: "bot1" });
});

interface TestOptions extends Partial<JoinReporterOptions> {
  readonly isTTY?: boolean;
}

function createReporter(options: TestOptions = {}) {
  const { isJson = false, isSubscribing = true, hasSeveral = false, isTTY = false, nowMs = () => 0 } = options;
  const written = { stdout: "", stderr: "" };
  const stdout = { isTTY, write: (text: string) => (written.stdout += text) };
  const stderr = { isTTY, write: (text: string) => (written.stderr += text) };
  return {
    reporter: new JoinReporter({ isJson, isSubscribing, hasSeveral, nowMs }, { environment: {}, stdout, stderr }),
    written,
  };
}

test("the rest of an interval is reported at the end, a moment after a report is not", () => {
  let ms = 0;
  const { reporter, written } = createReporter({ nowMs: () => ms });
  const lines = () => written.stdout.split("\n").length - 1;
  ms = 1_000;
  reporter.report([BOT]);
  ms = 1_002;
  reporter.reportRest([BOT]);
  assert.equal(lines(), 1);
  ms = 1_600;
  reporter.reportRest([BOT]);
  assert.equal(lines(), 2);
});

test("--json: one object a track and line, with exactly the fields of the report, then the summary", () => {
  const { reporter, written } = createReporter({ isJson: true });
  reporter.handleJoined(BOT);
  reporter.report([BOT]);
  reporter.summarize([BOT]);
  const [first, last, end] = written.stdout.split("\n");
  assert.deepEqual(JSON.parse(first ?? ""), REPORT);
  const { summary } = JSON.parse(last ?? "");
  assert.deepEqual(
    { ...summary, durationMs: 0 },
    { durationMs: 0, participants: 1, packetsSent: 20, tracks: 1, packets: 100, lost: 2 },
  );
  assert.equal(end, "");
  assert.equal(written.stderr, "bot1 joined room demo, publishing VP8 and opus\n");
});

test("with several participants a line says whose it is", () => {
  const { reporter, written } = createReporter({ isJson: true, hasSeveral: true });
  reporter.report([BOT, { ...BOT, identity: "bot2" }]);
  assert.deepEqual(
    written.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).bot),
    ["bot1", "bot2"],
  );
});

test("people read the same in words, and without --subscribe only what was sent", () => {
  const { reporter, written } = createReporter();
  reporter.report([BOT]);
  assert.equal(written.stdout, "TR_1 video VP8: 100 packets, 2 lost, 24 frames, 512 kbit/s, jitter 1.25 ms\n");
  const silent = createReporter({ isSubscribing: false });
  silent.reporter.report([BOT]);
  silent.reporter.summarize([BOT]);
  assert.match(silent.written.stdout, /^\d+\.\d s: sent 20 packets\n$/);
});

test("a terminal gets colours, and JSON never", () => {
  const terminal = createReporter({ isTTY: true });
  terminal.reporter.report([BOT]);
  assert.ok(terminal.written.stdout.includes("\u001b[31m2 lost\u001b[39m"));
  const json = createReporter({ isTTY: true, isJson: true });
  json.reporter.report([BOT]);
  json.reporter.summarize([BOT]);
  assert.ok(!json.written.stdout.includes("\u001b"));
});

test("a repair is told once when it begins and once when it is over", () => {
  const { reporter, written } = createReporter();
  reporter.handleRepair("bot1", undefined);
  reporter.handleRepair("bot1", "media");
  reporter.handleRepair("bot1", undefined);
  reporter.handleRepair("bot1", undefined);
  assert.equal(written.stderr, "bot1: media lost, reconnecting\nbot1: connected again\n");
});
