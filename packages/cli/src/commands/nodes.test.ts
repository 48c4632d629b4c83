import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createToken, DEV_KEY, DEV_SECRET, parseConfig, type RunningServer, startServer } from "@sluice/server";
import { runCommandLine } from "../command-line.js";
import { createStyle } from "../terminal/style.js";
import { formatNodes } from "./format-nodes.js";

let server: RunningServer;
before(async () => {
  const flags = {
    dev: true,
    "bind-address": "127.0.0.1:0",
    "udp-port": 0,
    workers: 1,
    "log-level": "fatal",
    region: "eu",
    "node-id": "a",
  };
  server = await startServer(parseConfig({ flags, environment: {}, file: undefined, cpuCores: 1 }));
});
after(() => server.close());

async function nodes(...flags: readonly string[]) {
  const written = { stdout: "", stderr: "" };
  const exitCode = await runCommandLine(["nodes", "--url", server.url, ...flags], {
    environment: {},
    stdout: { write: (text) => (written.stdout += text) },
    stderr: { write: (text) => (written.stderr += text) },
  });
  return { exitCode, ...written };
}

test("a node that is alone lists itself", async () => {
  // It hears of itself as of any other: through the registry, a moment after it listens.
  let result = await nodes("--dev", "--json");
  for (let tries = 0; JSON.parse(result.stdout).nodes.length === 0 && tries < 100; tries++)
    result = await nodes("--dev", "--json");
  assert.deepEqual([result.exitCode, result.stderr], [0, ""]);
  const { isConnected, nodes: listed } = JSON.parse(result.stdout);
  assert.equal(isConnected, true);
  assert.equal(listed.length, 1);
  const [{ nodeId, region, state, isSelf, isStale, addresses, memPercent, streams }] = listed;
  assert.deepEqual([nodeId, region, state, isSelf, isStale, streams], ["a", "eu", "serving", true, false, 0]);
  assert.deepEqual(addresses, { http: server.url });
  assert.ok(memPercent > 0);
  const table = await nodes("--dev");
  assert.match(
    table.stdout,
    /^NODE +REGION +STATE .*\na\* +eu +serving +\d+ % +\d+ % +0 +0 +- +\d s ago +http:\/\/127\.0\.0\.1:\d+\n$/,
  );
});

test("who may not list rooms may not list nodes", async () => {
  const secret = "another-secret-of-32-characters-or-more";
  const wrong = await nodes("--key", "k", "--secret", secret);
  assert.equal(wrong.exitCode, 1);
  assert.match(wrong.stderr, /pass the --key and --secret/);
  const token = await createToken({ key: DEV_KEY, secret: DEV_SECRET, identity: "a", grant: { room: "r", roomJoin: true } });
  const poor = await nodes("--token", token);
  assert.equal(poor.exitCode, 1);
  assert.match(poor.stderr, /lacks the grant roomList/);
});

test("what does not answer as a node does is no cluster", async () => {
  const { exitCode, stderr } = await nodes("--dev", "--url", `${server.url}/dev`);
  assert.equal(exitCode, 1);
  assert.match(stderr, /is the address that of a node/);
});

test("other people's text does not reach the terminal, and staleness is told", () => {
  const load = { cpuPercent: 12.4, memPercent: 50, streams: 3, packetsPerSecond: 400, forwardingDelayP99Ms: 2 };
  const node = { nodeId: "a", region: "\u001b[2J", state: "draining", version: "1", addresses: { http: "http://a" }, ...load };
  const view = { isConnected: false, nodes: [{ ...node, ageMs: 12_000, isStale: true, isSelf: false }] };
  const style = createStyle({}, {});
  const text = formatNodes(view, style, Number.POSITIVE_INFINITY);
  assert.match(
    text,
    /\na +\?\[2J +draining, stale +12 % +50 % +3 +400 +2 ms +12 s ago +http:\/\/a\nThe node that was asked does not hear/,
  );
});
