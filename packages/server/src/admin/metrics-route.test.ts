import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { SluiceError } from "@sluice/protocol";
import { createToken } from "../auth/create-token.js";
import { parseConfig } from "../config/parse-config.js";
import { createLog } from "../log/log.js";
import { type RunningServer, startServer } from "../main.js";
import { METRICS, type MetricName } from "../telemetry/metrics.js";
import { parseExposition } from "../telemetry/testing/parse-exposition.js";
import { WebSocketClient } from "../testing/web-socket-client.js";
import { type AdminRoute, AdminServer } from "./admin-server.js";
import { metricsRoute } from "./metrics-route.js";

const TOKEN = "a-token-of-operators";
const log = createLog({ level: "fatal", format: "json" });

function config(flags: Readonly<Record<string, unknown>>) {
  return parseConfig({
    flags: { dev: true, "bind-address": "127.0.0.1:0", "udp-port": 0, workers: 1, ...flags },
    environment: {},
    file: undefined,
    cpuCores: 1,
  });
}

async function open(t: TestContext, flags: Readonly<Record<string, unknown>>): Promise<RunningServer> {
  const server = await startServer(config({ "metrics.enabled": true, "admin.bind-address": "127.0.0.1:0", ...flags }), log);
  t.after(() => server.close());
  return server;
}

async function scrape(server: RunningServer, headers: Record<string, string> = {}) {
  const response = await fetch(`${server.adminUrl}/metrics`, { headers });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  const families = parseExposition(await response.text());
  const value = (name: MetricName, labels: Readonly<Record<string, string>> = {}) =>
    families.get(name)?.samples.find((sample) => Object.entries(labels).every(([label, text]) => sample.labels[label] === text))
      ?.value;
  return { families, value };
}

test("a scrape tells what happens at the doors", async (t) => {
  const server = await open(t, {});
  const before = await scrape(server);
  assert.equal(before.value("sluice_rooms"), 0);
  assert.equal(before.value("sluice_ready"), 1);
  const token = await createToken({
    key: "devkey",
    secret: "secret",
    identity: "ann",
    grant: { room: "demo", roomJoin: true },
  });
  const client = await WebSocketClient.open(server.url, token);
  await client.request("join", {});
  await client.request("publish", { cid: "camera", kind: "video" });
  await assert.rejects(client.request("mute", { trackId: "TR_none", muted: true }));
  await assert.rejects(WebSocketClient.open(server.url, "nonsense"));
  const { families, value } = await scrape(server);
  for (const [name, { type, help }] of families) {
    const { [name as MetricName]: known } = METRICS;
    assert.deepEqual({ type, help }, { type: known.type, help: known.help });
  }
  assert.equal(value("sluice_rooms"), 1);
  assert.equal(value("sluice_participants", { door: "jsonrpc" }), 1);
  assert.equal(value("sluice_participants", { door: "livekit" }), 0);
  assert.equal(value("sluice_tracks", { kind: "video" }), 1);
  assert.equal(value("sluice_signaling_connections", { door: "jsonrpc" }), 1);
  assert.equal(value("sluice_signaling_requests_total", { door: "jsonrpc", method: "publish", code: "ok" }), 1);
  assert.equal(value("sluice_signaling_requests_total", { door: "jsonrpc", method: "mute", code: "not_found" }), 1);
  assert.equal(value("sluice_signaling_drops_total", { door: "jsonrpc", cause: "upgrades_refused" }), 1);
  const joins = families.get("sluice_join_duration_seconds")?.samples ?? [];
  assert.equal(joins.find(({ name, labels }) => name.endsWith("_count") && labels.door === "jsonrpc")?.value, 1);
  assert.ok((joins.find(({ name, labels }) => name.endsWith("_sum") && labels.door === "jsonrpc")?.value ?? 0) > 0);
  client.socket.terminate();
});

test("what clients call themselves is in no label", async (t) => {
  const server = await open(t, {});
  const grant = { room: "secret-room", roomJoin: true };
  const token = await createToken({ key: "devkey", secret: "secret", identity: "secret-name", grant });
  const client = await WebSocketClient.open(server.url, token);
  await client.request("join", {});
  client.socket.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "secret-method" }));
  await fetch(`${server.url}/twirp/livekit.RoomService/secretMethod`, { method: "POST" });
  await client.request("ping", {});
  const text = await (await fetch(`${server.adminUrl}/metrics`)).text();
  assert.doesNotMatch(text, /secret/i);
  assert.match(text, /method="unknown",code="method_not_found"/);
  assert.match(text, /sluice_api_requests_total\{method="unknown",code="bad_route"\} 1/);
  client.socket.terminate();
});

test("with a token Prometheus shows it", async (t) => {
  const server = await open(t, { "metrics.token": TOKEN });
  for (const authorization of ["", "Bearer another-token-of-them", `Basic ${TOKEN}`]) {
    const response = await fetch(`${server.adminUrl}/metrics`, { headers: { authorization } });
    assert.equal(response.status, 401);
    assert.doesNotMatch(await response.text(), /sluice_/);
  }
  assert.equal((await scrape(server, { authorization: `Bearer ${TOKEN}` })).value("sluice_ready"), 1);
});

test("clients' listener has no metrics, and without metrics.enabled nobody has", async (t) => {
  const server = await open(t, {});
  assert.equal((await fetch(`${server.url}/metrics`)).status, 404);
  const quiet = await open(t, { "metrics.enabled": false });
  assert.equal(quiet.adminUrl, undefined);
  assert.equal((await fetch(`${quiet.url}/metrics`)).status, 404);
});

test("two who scrape at once get one answer, and the next one a new one", async (t) => {
  let [scrapes, arrived] = [0, 0];
  let finish = () => {};
  const bothThere = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const shared = metricsRoute(undefined, async () => {
    scrapes += 1;
    await bothThere;
    return `scrape ${scrapes}`;
  });
  const route: AdminRoute = {
    token: undefined,
    async answer(request, response) {
      const answered = shared.answer(request, response);
      arrived += 1;
      if (arrived === 2) finish();
      await answered;
    },
  };
  const routes = new Map([["/metrics", route]]);
  const admin = await AdminServer.open({ bindAddress: { host: "127.0.0.1", port: 0 }, routes, log });
  t.after(() => admin.close());
  const get = async () => (await fetch(`${admin.url}/metrics?x=1`)).text();
  assert.deepEqual(await Promise.all([get(), get()]), ["scrape 1", "scrape 1"]);
  assert.equal(await get(), "scrape 2");
  assert.equal((await fetch(`${admin.url}/other`)).status, 404);
  assert.equal((await fetch(`${admin.url}/metrics`, { method: "POST" })).status, 405);
});

test("an address that is taken is said", async (t) => {
  const server = await open(t, {});
  const address = new URL(server.adminUrl ?? "").host;
  const flags = { "metrics.enabled": true, "admin.bind-address": address };
  await assert.rejects(startServer(config(flags), log), (error) => {
    return error instanceof SluiceError && /for operators: another program listens there/.test(error.message);
  });
});

test("docs/reference/metrics.md has the causes of every drop", async (t) => {
  const { families } = await scrape(await open(t, {}));
  const rows = [...families].flatMap(([name, { samples }]) => {
    const causes = new Set(samples.flatMap(({ labels }) => labels.cause ?? []));
    return causes.size === 0 ? [] : `| \`${name}\` | ${[...causes].map((cause) => `\`${cause}\``).join(" ")} |`;
  });
  const page = readFileSync(new URL("../../../../docs/reference/metrics.md", import.meta.url), "utf8");
  const [, table = ""] = /\| metric \| causes \|\n\|---\|---\|\n([\s\S]*?)(?:\n\n|\n*$)/.exec(page) ?? [];
  assert.equal(table, rows.join("\n"));
});

test("a worker that does not answer is not up, and the rest is told all the same", async (t) => {
  const server = await open(t, { workers: 2 });
  const [pid = 0] = server.workerProcessIds;
  process.kill(pid, "SIGSTOP");
  const stopped = await scrape(server).finally(() => process.kill(pid, "SIGCONT"));
  assert.equal(stopped.value("sluice_worker_up", { worker: "0" }), 0);
  assert.equal(stopped.value("sluice_routers", { worker: "0" }), undefined);
  assert.equal(stopped.value("sluice_worker_up", { worker: "1" }), 1);
  assert.equal(stopped.value("sluice_routers", { worker: "1" }), 0);
  assert.equal((await scrape(server)).value("sluice_worker_up", { worker: "0" }), 1);
  process.kill(pid, "SIGKILL");
  let restarts = 0;
  while (restarts === 0) restarts = (await scrape(server)).value("sluice_worker_restarts_total", { worker: "0" }) ?? 0;
  assert.equal(restarts, 1);
});
