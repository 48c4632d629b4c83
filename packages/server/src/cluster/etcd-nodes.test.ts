import assert from "node:assert/strict";
import { test } from "node:test";
import { createToken } from "../auth/create-token.js";
import { DEV_KEY, DEV_SECRET } from "../config/api-keys.js";
import { parseConfig } from "../config/parse-config.js";
import { type RunningServer, startServer } from "../main.js";
import { ETCD_PROGRAM, EtcdServer } from "./registry/testing/etcd-server.js";

const skip = ETCD_PROGRAM === undefined && "etcd is not installed (SLUICE_ETCD)";
const PATIENCE_MS = 60_000;

function start(nodeId: string, etcdEndpoint: string): Promise<RunningServer> {
  const node = { "node-id": nodeId, region: "eu", "etcd.endpoints": etcdEndpoint, "redis.url": "redis://127.0.0.1:6379" };
  const flags = { dev: true, "bind-address": "127.0.0.1:0", "udp-port": 0, workers: 1, "log-level": "fatal", ...node };
  return startServer(parseConfig({ flags, environment: {}, file: undefined, cpuCores: 1 }));
}

async function list({
  url,
}: RunningServer): Promise<{ isConnected: boolean; nodes: { nodeId: string; addresses: { http: string } }[] }> {
  const token = await createToken({ key: DEV_KEY, secret: DEV_SECRET, identity: "t", grant: { roomList: true } });
  const response = await fetch(`${url}/nodes`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(response.status, 200);
  return (await response.json()) as Awaited<ReturnType<typeof list>>;
}

/** Until `server` knows these nodes. */
async function untilKnown(server: RunningServer, nodeIds: readonly string[]): Promise<void> {
  await until(async () => (await list(server)).nodes.map(({ nodeId }) => nodeId).join() === nodeIds.join(), nodeIds.join());
}

async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await condition())) {
    assert.ok(performance.now() < deadline, what);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const readiness = async ({ url }: RunningServer) => (await fetch(`${url}/readyz`)).status;
const liveness = async ({ url }: RunningServer) => (await fetch(`${url}/healthz`)).status;

test("real nodes find each other in a real etcd; while it is away they are live and not ready, and know what they knew", {
  skip,
}, async (t) => {
  const etcd = await EtcdServer.start(ETCD_PROGRAM ?? "");
  t.after(() => etcd.close());
  const [a, b] = await Promise.all([start("a", etcd.endpoint), start("b", etcd.endpoint)]);
  t.after(() => Promise.all([a.close(), b.close()]));
  await Promise.all([untilKnown(a, ["a", "b"]), untilKnown(b, ["a", "b"])]);
  const addresses = (await list(a)).nodes.map(({ addresses: { http } }) => http);
  assert.deepEqual(addresses, [a.url, b.url]);
  assert.equal(await readiness(a), 200);
  await etcd.stop();
  await until(async () => (await readiness(a)) === 503, "not ready");
  assert.equal(await liveness(a), 200);
  await untilKnown(a, ["a", "b"]);
  assert.equal((await list(a)).isConnected, false);
  await etcd.start();
  await until(async () => (await readiness(a)) === 200 && (await readiness(b)) === 200, "ready again");
  await b.close();
  await untilKnown(a, ["a"]);
});

test("a node whose etcd cannot be reached does not start, and says so in one line", { skip }, async () => {
  const message = /^etcd at http:\/\/127\.0\.0\.1:9 cannot be reached: [^\n]+$/;
  await assert.rejects(start("a", "http://127.0.0.1:9"), { name: "SluiceError", code: "unavailable", message });
});
