import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { TokenVerifier } from "@sluice/server";
import { OPTION_NAMES } from "@sluice/server/run";
import { runCommandLine } from "./command-line.js";
import { join } from "./commands/join.js";
import { loadgen } from "./commands/loadgen.js";
import { loadtest } from "./commands/loadtest.js";
import { room } from "./commands/room/room.js";
import { serve } from "./commands/serve.js";
import { stats } from "./commands/stats.js";
import { token } from "./commands/token.js";

const MAIN = fileURLToPath(new URL("./main.js", import.meta.url));

/** The program as people start it. */
function start(...argv: string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  return spawnSync(process.execPath, [MAIN, ...argv], { encoding: "utf8", env: { PATH: process.env.PATH } });
}

/** The same without a process, for what cac does not print itself. */
async function run(environment: Record<string, string>, ...argv: string[]) {
  const written = { stdout: "", stderr: "" };
  const exitCode = await runCommandLine(argv, {
    environment,
    stdout: { write: (text) => (written.stdout += text) },
    stderr: { write: (text) => (written.stderr += text) },
  });
  return { exitCode, ...written };
}

for (const [name, command] of Object.entries({ serve, token, join, room, stats, loadgen, loadtest })) {
  test(`sluice ${name} --help has every flag with its meaning, and the examples`, () => {
    const { status, stdout } = start(name, "--help");
    assert.equal(status, 0);
    for (const { usage, meaning } of command.flags) {
      assert.ok(
        stdout.split("\n").some((line) => line.includes(usage) && line.includes(meaning)),
        usage,
      );
    }
    for (const example of command.examples)
      assert.ok(stdout.includes(`$ sluice ${example}\n`) || stdout.trimEnd().endsWith(example));
    assert.ok(!stdout.includes("\u001b"));
  });
}

test("serve has every option of the configuration", () => {
  const flags = serve.flags.map(({ usage }) => usage.split(" ")[0]);
  assert.deepEqual(flags, ["--config", ...OPTION_NAMES.map((name) => `--${name}`), "--json"]);
});

test("sluice alone shows the commands, and that nothing was done", () => {
  const { status, stdout } = start();
  assert.equal(status, 2);
  for (const name of ["serve", "token", "join", "room", "stats", "loadgen", "loadtest"])
    assert.match(stdout, new RegExp(`^ +${name} +\\S`, "m"));
  assert.equal(start("--help").status, 0);
});

test("the version is that of the package", () => {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  assert.ok(start("--version").stdout.startsWith(`sluice/${version} `));
});

const WRONG: readonly (readonly [argv: readonly string[], message: RegExp])[] = [
  [["foo"], /there is no command "foo"/],
  [["join", "--nope"], /--nope/],
  [["join", "too", "much"], /too/],
  [["join"], /--room is missing/],
  [["join", "--room"], /--room/],
  [["join", "--room", "r", "--door", "sip"], /--door sip: expected jsonrpc or livekit/],
  [["join", "--room", "r", "--codec", "vp9"], /expected vp8 or h264/],
  [["join", "--room", "r", "--codec", "vp8", "--video", "x.ivf"], /--codec/],
  [["join", "--room", "r", "--no-publish", "--video", "x.ivf"], /--no-publish/],
  [["join", "--room", "r", "--duration", "soon"], /expected a duration/],
  [["join", "--room", "r", "--count", "0"], /1–1000/],
  [["join", "--token", "t", "--count", "2", "--no-publish"], /one token is one participant/],
  [["join", "--room", "r", "--key", "k"], /belong together/],
  [["stats"], /--room is missing/],
  [["stats", "--token", "no-jwt"], /--room is missing/],
  [["stats", "--room", "r", "--watch", "soon"], /expected a duration/],
  [["stats", "--room", "r", "--dev", "--watch", "1ms"], /100ms or more/],
  [["stats", "--room", "r", "--url", "ftp://x"], /--url ftp:\/\/x: expected/],
  [["room"], /an action is missing: expected list, create, /],
  [["room", "toString"], /there is no action "toString"/],
  [["room", "delete"], /ROOM is missing: room delete ROOM/],
  [["room", "mute", "r", "ann"], /TRACK is missing: room mute ROOM IDENTITY TRACK/],
  [["room", "kick", "r", "ann", "bob"], /"bob" is too much: room kick ROOM IDENTITY/],
  [["room", "kick", "r", ""], /IDENTITY is empty/],
  [["room", "list", "--off"], /--off is of room mute, not of room list/],
  [["room", "send", "r", "text", "--to"], /--to/],
  [["room", "send", "--dev", "r", "x".repeat(64_001)], /64001 bytes, the limit is 64000/],
  [["room", "create", "--dev", "r", "--max-participants", "many"], /--max-participants many: expected a whole number/],
  [["room", "create", "--dev", "r", "--empty-timeout", "soon"], /expected a duration/],
  [["room", "list", "--url", "ftp://x"], /--url ftp:\/\/x: expected/],
  [["token", "--room", "r"], /--identity is missing/],
  [["token", "--room", "r", "--identity", ""], /--identity/],
  [["token", "--room", "r", "--identity", "a", "--can-publish", "maybe"], /true or false/],
  [["token", "--room", "r", "--identity", "a", "--can-publish-sources", "camera,tv"], /tv/],
  [["token", "--room", "r", "--identity", "a", "--valid-for", "0s"], /--valid-for/],
  [["loadgen", "--nope"], /--nope/],
  [["loadgen", "-urls", "x"], /Unknown option/],
  [["loadgen", "--dev", "--url", "ftp://x"], /--url ftp:\/\/x: expected/],
  [["loadgen", "--dev", "-c", "0"], /--connections 0: expected a whole number/],
  [["loadgen", "--dev", "--steps", "5,4"], /each larger than the one before/],
  [["loadgen", "--dev", "--steps", "5", "-c", "4"], /--steps and --connections exclude each other/],
  [["loadgen", "--dev", "--mix", "fly=1"], /--mix fly=1: expected each of join, /],
  [["loadgen", "--dev", "-c", "1", "--mix", "signal"], /--mix signal: it takes two participants/],
  [["loadgen", "-H", "no header"], /--header "no header": expected "Name: value"/],
  [["loadgen", "-H", "Authorization: Bearer x", "--dev"], /--dev makes a token for each connection/],
  [["loadgen", "-H", "Authorization: Bearer x", "--mix", "join"], /one token is one participant/],
  [["loadgen", "--dev", "--max-error-rate", "101%"], /--max-error-rate 101%: expected a share/],
  [["loadtest", "--dev", "--layout", "stage"], /--layout stage: expected speaker or grid/],
  [["loadtest", "--dev", "--bitrate", "fast"], /--bitrate fast: expected a bitrate/],
  [["loadtest", "--dev", "--impair", "luck=bad"], /--impair luck=bad: expected loss, delay/],
  [["loadtest", "--dev", "--subscribers", "0", "--publishers", "0"], /nobody is left/],
  [["loadtest", "--dev", "--subscribers", "6000"], /6001 participants take --processes 3/],
  [["serve", "--dve"], /did you mean dev/],
  [["serve", "--dev", "--udp-port", "many"], /--udp-port: expected a whole number/],
  [["serve", "--dev", "--config"], /--config/],
];
for (const [argv, message] of WRONG) {
  test(`"sluice ${argv.join(" ")}" is a wrong command line: one line, exit code 2`, async () => {
    const { exitCode, stdout, stderr } = await run({}, ...argv);
    assert.equal(exitCode, 2);
    assert.equal(stdout, "");
    const lines = stderr.trimEnd().split("\n");
    assert.match(lines.at(-1) ?? "", message);
    assert.match(lines.at(-1) ?? "", /^sluice[^:]*: .*; see "sluice.* --help"$/);
  });
}

test("what cannot be done is one line that says what to do, and exit code 1", async () => {
  const refused = await run({}, "join", "--dev", "--url", "ws://127.0.0.1:1", "--room", "demo", "--no-publish");
  assert.equal(refused.exitCode, 1);
  assert.match(refused.stderr, /^sluice join: cannot connect to 127\.0\.0\.1:1: ECONNREFUSED; .*sluice serve --dev.*\n$/);
  const unseen = await run({}, "stats", "--dev", "--url", "ws://127.0.0.1:2", "--room", "demo");
  assert.equal(unseen.exitCode, 1);
  assert.match(unseen.stderr, /^sluice stats: cannot connect to 127\.0\.0\.1:2: ECONNREFUSED; .*sluice serve --dev.*\n$/);
  const unheard = await run({}, "room", "list", "--dev", "--url", "ws://127.0.0.1:3");
  assert.deepEqual([unheard.exitCode, unheard.stdout], [1, ""]);
  assert.match(unheard.stderr, /^sluice room: cannot connect to 127\.0\.0\.1:3: ECONNREFUSED; .*sluice serve --dev.*\n$/);
  const unkeyed = await run({}, "serve");
  assert.equal(unkeyed.exitCode, 1);
  assert.match(unkeyed.stderr, /^sluice serve: no API key: pass --keys .*\n$/);
  const missing = await run({}, "join", "--dev", "--room", "r", "--video", "nowhere.ivf");
  assert.deepEqual([missing.exitCode, missing.stderr], [1, "sluice join: nowhere.ivf: no such file\n"]);
});

const FREE_PORTS = ["--bind-address", "127.0.0.1:0", "--udp-port", "0", "--workers", "1", "--log-level", "fatal"];

for (const [form, flags] of [
  ["words", []],
  ["JSON", ["--json", "--metrics.enabled", "--admin.bind-address", "127.0.0.1:0"]],
] as const) {
  test(`serve says in ${form} where it listens, and a signal ends it with 0`, async () => {
    const server = spawn(process.execPath, [MAIN, "serve", "--dev", ...FREE_PORTS, ...flags], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let printed = "";
    for await (const chunk of server.stdout) {
      printed += String(chunk);
      if (/sluice join|packetPaths/.test(printed)) server.kill("SIGINT");
    }
    if (server.exitCode === null) await once(server, "exit");
    assert.equal(server.exitCode, 0);
    if (form === "JSON") {
      const { url, adminUrl, key, secret, packetPaths } = JSON.parse(printed);
      assert.match(adminUrl, /^http:\/\/127\.0\.0\.1:\d+$/);
      assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
      assert.deepEqual([key, secret, packetPaths.length], ["devkey", "secret", 1]);
    } else {
      assert.match(printed, /Demo +http:\/\/127\.0\.0\.1:\d+\//);
      assert.match(printed, /Key +devkey\n +Secret +secret\n/);
      assert.match(printed, /Packets +(native|portable) \(/);
      assert.match(printed, /npx sluice join --url ws:\/\/127\.0\.0\.1:\d+ --room demo --name bot1\n/);
    }
  });
}

const ALL = ["--room", "007", "--identity", "0123", "--name", "Ann", "--metadata", "{}", "--valid-for", "30m"];
const GRANTS = ["--can-publish", "false", "--can-publish-sources", "camera,screen_share", "--room-admin", "--hidden"];

test("a token says what was asked for, and nothing else", async () => {
  const secret = "a-secret-of-32-characters-or-more";
  const { exitCode, stdout, stderr } = await run({}, "token", ...ALL, ...GRANTS, "--key", "k1", "--secret", secret, "--json");
  assert.deepEqual([exitCode, stderr], [0, ""]);
  const printed = JSON.parse(stdout);
  assert.deepEqual(Object.keys(printed), ["token", "key", "room", "identity", "expiresAt"]);
  const claims = await new TokenVerifier(new Map([["k1", secret]])).verify(printed.token, Date.now());
  assert.deepEqual([claims.iss, claims.sub, claims.name, claims.metadata], ["k1", "0123", "Ann", "{}"]);
  assert.deepEqual(claims.video, {
    room: "007",
    roomJoin: true,
    canPublish: false,
    canPublishSources: ["camera", "screen_share"],
    roomAdmin: true,
    hidden: true,
  });
  assert.equal(claims.exp - (claims.nbf ?? 0), 1_800);
  assert.ok(Math.abs(Date.parse(printed.expiresAt) / 1_000 - claims.exp) <= 2);
});

test("key and secret: flags before variables, ours before LiveKit's, and the development key with a note", async () => {
  const issuer = async (environment: Record<string, string>, ...flags: string[]) => {
    const { stdout, stderr } = await run(environment, "token", "--room", "r", "--identity", "a", ...flags);
    const [, payload = ""] = stdout.split(".");
    return [JSON.parse(Buffer.from(payload, "base64url").toString()).iss, stderr];
  };
  const ours = { SLUICE_KEY: "ours", SLUICE_SECRET: "s" };
  const theirs = { LIVEKIT_API_KEY: "theirs", LIVEKIT_API_SECRET: "s" };
  assert.deepEqual(await issuer({ ...ours, ...theirs }, "--key", "flag", "--secret", "s"), ["flag", ""]);
  assert.deepEqual(await issuer({ ...ours, ...theirs }), ["ours", ""]);
  assert.deepEqual(await issuer(theirs), ["theirs", ""]);
  assert.deepEqual(await issuer({}, "--dev"), ["devkey", ""]);
  const [key, note] = await issuer({});
  assert.equal(key, "devkey");
  assert.match(String(note), /^using the development key "devkey"; .*\n$/);
});
