import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { ReceivedData } from "@sluice/protocol";
import { createToken, DEV_KEY, DEV_SECRET, parseConfig, type RunningServer, startServer } from "@sluice/server";
import { runCommandLine } from "../../command-line.js";
import { readTestTone } from "../../media-file/test-media.js";
import { HeadlessParticipant } from "../../participant/headless-participant.js";
import { MediaHost } from "../../participant/media-host.js";
import { until } from "../../testing/until.js";

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

async function room(...argv: readonly string[]) {
  const written = { stdout: "", stderr: "" };
  const exitCode = await runCommandLine(["room", ...argv, "--dev", "--url", server.url], {
    environment: {},
    stdout: { write: (text) => (written.stdout += text) },
    stderr: { write: (text) => (written.stderr += text) },
  });
  return { exitCode, ...written };
}

async function printed(...argv: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await room(...argv);
  assert.deepEqual([exitCode, stderr], [0, ""], argv.join(" "));
  return stdout;
}

const json = async (...argv: readonly string[]) => JSON.parse(await printed(...argv, "--json"));

test("a room of a real node from its creation to its end", async () => {
  assert.match(
    await printed("create", "demo", "--max-participants", "5", "--metadata", "one"),
    /^ROOM.*\ndemo +RM_\S+ +0 of 5 .*one\n$/,
  );
  const heard: string[] = [];
  const closed: string[] = [];
  const join = async (identity: string) => {
    const token = await createToken({ key: DEV_KEY, secret: DEV_SECRET, identity, grant: { room: "demo", roomJoin: true } });
    const listener = {
      handleData: ({ topic, data }: ReceivedData) => void heard.push(`${identity} ${topic} ${Buffer.from(data)}`),
      handleClosed: (reason: string) => void closed.push(`${identity} ${reason}`),
    };
    return HeadlessParticipant.join({ host, url: server.url, token, publish: [readTestTone()], listener });
  };
  await join("ann");
  await join("bob");

  const listed = await json("list", "demo", "nowhere");
  assert.deepEqual(
    listed.rooms.map(({ name, numParticipants }: Record<string, unknown>) => [name, numParticipants]),
    [["demo", 2]],
  );
  assert.match(
    await printed("participants", "demo"),
    /^IDENTITY.*\nann .*\n {2}→ TR_\S+ {2}microphone .*\nbob .*\n {2}→ TR_\S+ .*\n$/,
  );
  const ann = await json("participants", "demo", "ann");
  assert.equal(ann.tracks[0].muted, false);
  assert.match(await printed("mute", "demo", "ann", "microphone"), new RegExp(`^ann: ${ann.tracks[0].sid} is muted\n$`));
  assert.equal((await json("participants", "demo", "ann")).tracks[0].muted, true);
  const unmuted = await room("mute", "demo", "ann", "microphone", "--off");
  assert.equal(unmuted.exitCode, 1);
  assert.match(unmuted.stderr, /^sluice room: remote unmute not enabled; .*room\.enable-remote-unmute allows it/);
  assert.equal((await json("metadata", "demo", "two")).metadata, "two");

  assert.match(
    await printed("send", "demo", "hi", "--topic", "t", "--to", "ann", "--to", "bob"),
    /^2 bytes to ann, bob in room demo\n$/,
  );
  await printed("send", "demo", "you", "--to", "bob");
  await until("three messages", () => heard.length >= 3);
  assert.deepEqual(heard.sort(), ["ann t hi", "bob  you", "bob t hi"]);

  assert.match(await printed("kick", "demo", "ann"), /^ann is out of room demo\n$/);
  await until("ann is out", () => closed.length === 1);
  await printed("delete", "demo");
  await until("bob is out", () => closed.length === 2);
  assert.deepEqual(closed, ["ann removed", "bob roomDeleted"]);
  assert.equal(await printed("list"), "no rooms\n");
});

for (const [what, argv, message] of [
  ["a room that is not there", ["delete", "nope"], /^sluice room: .*does not exist\n$/],
  ["a participant that is not there", ["kick", "nope", "ann"], /^sluice room: .*does not exist\n$/],
] as const) {
  test(`${what} is one line, and exit code 1`, async () => {
    const { exitCode, stdout, stderr } = await room(...argv);
    assert.deepEqual([exitCode, stdout], [1, ""]);
    assert.match(stderr, message);
  });
}

test("a token without the grant, and a key of another server, are told with what to do", async () => {
  const token = await createToken({
    key: DEV_KEY,
    secret: DEV_SECRET,
    identity: "eve",
    grant: { room: "demo", roomJoin: true },
  });
  const ungranted = await room("list", "--token", token);
  assert.equal(ungranted.exitCode, 1);
  assert.match(
    ungranted.stderr,
    /^sluice room: .*; pass the --key and --secret of this server, or a --token with the grant\n$/,
  );
  const unknown = await room("list", "--key", "k", "--secret", "a-secret-of-32-characters-or-more");
  assert.equal(unknown.exitCode, 1);
  assert.match(unknown.stderr, /; pass the --key and --secret of this server/);
});
