import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { SYSTEM_CLOCK } from "../../../session/clock.js";
import { EtcdConnection } from "../etcd/etcd-connection.js";
import { EtcdStore } from "../etcd/etcd-store.js";
import { encodeKey } from "../etcd/etcd-text.js";
import { EtcdServer } from "./etcd-server.js";
import type { RegistryFixture } from "./registry-fixture.js";
import { TcpCut } from "./tcp-cut.js";

const STEP_MS = 20;
/** The machine may stand still for a while. */
const PATIENCE = 4;

export async function createEtcdFixture(program: string): Promise<RegistryFixture> {
  const server = await EtcdServer.start(program);
  const cuts: TcpCut[] = [];
  const withConnection = async <T>(run: (connection: EtcdConnection) => Promise<T>): Promise<T> => {
    const connection = new EtcdConnection(server.endpoint);
    try {
      return await run(connection);
    } finally {
      connection.close();
    }
  };
  return {
    clock: SYSTEM_CLOCK,
    async link() {
      const cut = await TcpCut.open(server.endpoint);
      cuts.push(cut);
      return { store: new EtcdStore([cut.endpoint]), cut: () => cut.cut(), heal: () => cut.heal() };
    },
    eventually,
    stop: () => server.stop(),
    start: () => server.start(),
    compact: () =>
      withConnection(async ({ kv }) => {
        const { header } = await kv.range({ key: encodeKey("/none") });
        await kv.compact({ revision: header?.revision ?? 0n });
      }),
    writeForeign: (key, value) =>
      withConnection(async ({ kv }) => {
        const put = { request: { case: "requestPut" as const, value: { key, value: value ?? new Uint8Array() } } };
        const deletion = { request: { case: "requestDeleteRange" as const, value: { key } } };
        await kv.txn({ success: [value === undefined ? deletion : put] });
      }),
    endLeaseOf: (key) =>
      withConnection(async ({ kv, lease }) => {
        const { kvs } = await kv.range({ key: encodeKey(key) });
        await lease.leaseRevoke({ ID: kvs[0]?.lease ?? 0n });
      }),
    async close() {
      for (const cut of cuts) cut.close();
      await server.close();
    },
  };
}

/** Waits in real time until `condition` holds; fails when that takes much more than `timeoutMs`. */
export async function eventually(condition: () => boolean, timeoutMs: number, what: string): Promise<void> {
  const deadline = performance.now() + timeoutMs * PATIENCE;
  while (!condition()) {
    assert.ok(performance.now() < deadline, `not within ${timeoutMs * PATIENCE} ms: ${what}`);
    await delay(STEP_MS);
  }
}
