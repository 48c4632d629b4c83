import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type ParticipantStats, parseRoomStatistics } from "@sluice/protocol";
import { createToken, DEV_KEY, DEV_SECRET, parseConfig, type RunningServer, startServer } from "@sluice/server";
import { runCommandLine } from "../command-line.js";
import { readTestPicture, readTestTone } from "../media-file/test-media.js";
import { HeadlessParticipant } from "../participant/headless-participant.js";
import { MediaHost } from "../participant/media-host.js";

/** Far beyond what it takes, for machines that are busy with something else. */
const PATIENCE_MS = 30_000;

let server: RunningServer;
const host = new MediaHost({ maxParticipants: 4, packetPath: "auto" });

before(async () => {
  const flags = { dev: true, "bind-address": "127.0.0.1:0", "udp-port": 0, workers: 1, "log-level": "fatal" };
  server = await startServer(parseConfig({ flags, environment: {}, file: undefined, cpuCores: 1 }));
});
after(async () => {
  host.close();
  await server.close();
});

const token = (identity: string, grant = {}) =>
  createToken({ key: DEV_KEY, secret: DEV_SECRET, identity, grant: { room: "demo", roomJoin: true, ...grant } });

async function stats(...flags: readonly string[]) {
  const written = { stdout: "", stderr: "" };
  const exitCode = await runCommandLine(["stats", "--url", server.url, ...flags], {
    environment: {},
    stdout: { write: (text) => (written.stdout += text) },
    stderr: { write: (text) => (written.stderr += text) },
  });
  return { exitCode, ...written };
}

test("a room at a real node is shown in numbers: rates, round trips, layers and quality", async () => {
  const publish = [readTestPicture("vp8"), readTestTone()];
  const ann = await HeadlessParticipant.join({ host, url: server.url, token: await token("ann"), publish });
  const bob = await HeadlessParticipant.join({ host, url: server.url, token: await token("bob"), publish: [] });
  const deadline = performance.now() + PATIENCE_MS;
  let described: readonly ParticipantStats[] = [];
  const isMeasured = () => {
    const [sender, receiver] = described;
    return (
      (sender?.published.length ?? 0) === 2 &&
      (receiver?.subscribed.length ?? 0) === 2 &&
      sender?.published.every(({ bitrateBps, lost }) => bitrateBps > 10_000 && lost === 0) === true &&
      receiver?.subscribed.every(({ bitrateBps }) => bitrateBps > 10_000) === true &&
      described.every(({ transport }) => transport?.roundTripMs != null)
    );
  };
  while (!isMeasured()) {
    assert.ok(performance.now() < deadline, JSON.stringify(described));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { exitCode, stdout, stderr } = await stats("--dev", "--room", "demo", "--json");
    assert.deepEqual([exitCode, stderr], [0, ""]);
    described = parseRoomStatistics(JSON.parse(stdout)).statistics;
  }
  assert.deepEqual(
    described.map(({ identity }) => identity),
    ["ann", "bob"],
  );
  assert.ok(described.every(({ transport }) => transport?.quality !== "lost"));
  const { stdout } = await stats("--room", "demo", "--dev", "--identity", "bob");
  assert.match(stdout, /^demo {2}RM_\S+, 2 participants\nPARTICIPANT .*\nbob .*\n( {2}← ann: (camera|microphone) .*\n){2}$/);
  await Promise.all([ann.leave(), bob.leave()]);
});

for (const [what, flags, message] of [
  ["a room that is not there", ["--dev", "--room", "nope"], /there is no room "nope" on this node; is it spelt so/],
  ["a key of another node", ["--key", "k", "--secret", "s", "--room", "r"], /not an API key of this node; pass the --key/],
] as const) {
  test(`${what} is one line that says what to do, and exit code 1`, async () => {
    const { exitCode, stdout, stderr } = await stats(...flags);
    assert.deepEqual([exitCode, stdout], [1, ""]);
    assert.match(stderr, message);
  });
}

test("a token names its room, and needs the grant", async () => {
  const { exitCode, stderr } = await stats("--token", await token("eve"));
  assert.equal(exitCode, 1);
  assert.match(stderr, /^sluice stats: the access token does not grant roomAdmin; "sluice token --room-admin" makes one/);
});
