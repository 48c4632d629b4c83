import assert from "node:assert/strict";
import { test } from "node:test";
import { SYSTEM_CLOCK } from "../../../session/clock.js";
import { StoreRegistry } from "../store-registry.js";
import { createEtcdFixture, eventually } from "../testing/etcd-fixture.js";
import { ETCD_PROGRAM, EtcdServer } from "../testing/etcd-server.js";
import { PrefixView } from "../testing/prefix-view.js";
import { EtcdStore } from "./etcd-store.js";

const skip = ETCD_PROGRAM === undefined && "etcd is not installed (SLUICE_ETCD)";
/** Nothing listens on the port for discarding. */
const DEAD_ENDPOINT = "http://127.0.0.1:9";
const bytes = (text: string) => new TextEncoder().encode(text);

test("etcd: an endpoint that is down costs the time to try the next", { skip }, async (t) => {
  const server = await EtcdServer.start(ETCD_PROGRAM ?? "");
  t.after(() => server.close());
  const registry = new StoreRegistry(new EtcdStore([DEAD_ENDPOINT, server.endpoint]), SYSTEM_CLOCK, Math.random);
  registry.set("/sluice/a", bytes("1"));
  const view = new PrefixView(registry, "/sluice/");
  await registry.ready(20_000);
  await eventually(() => view.text === "/sluice/a=1" && registry.isCurrent, 5_000, "seen");
  assert.ok(registry.counters.requestsFailed > 0);
  await registry.close();
});

test("etcd: all endpoints down is one line that names them", { skip }, async () => {
  const registry = new StoreRegistry(new EtcdStore([DEAD_ENDPOINT, "http://127.0.0.1:13"]), SYSTEM_CLOCK, Math.random);
  const message =
    /^etcd at http:\/\/127\.0\.0\.1:9, http:\/\/127\.0\.0\.1:13 cannot be reached: [^\n]*ECONNREFUSED[^\n]* \(tried for 1 s\)$/;
  await assert.rejects(registry.ready(1_000), { name: "SluiceError", code: "unavailable", message });
  await registry.close();
});

test("etcd: one that comes back empty is filled again, and watchers begin anew", { skip }, async (t) => {
  const server = await EtcdServer.start(ETCD_PROGRAM ?? "");
  t.after(() => server.close());
  const [a, b] = [0, 1].map(() => new StoreRegistry(new EtcdStore([server.endpoint]), SYSTEM_CLOCK, Math.random));
  assert.ok(a && b);
  const view = new PrefixView(b, "/sluice/");
  // Many revisions, so that the empty store knows less than the watcher has heard.
  for (let i = 0; i < 20; i++) {
    a.set("/sluice/a", bytes(`${i}`));
    await a.ready(20_000);
  }
  a.set("/sluice/gone", bytes("1"));
  await eventually(() => view.text === "/sluice/a=19 /sluice/gone=1", 5_000, "seen");
  await server.stop();
  await server.wipe();
  a.delete("/sluice/gone");
  await server.start();
  await eventually(() => view.resets === 2 && view.text === "/sluice/a=19" && b.isCurrent, 20_000, "seen again");
  assert.equal(a.counters.leasesLost, 1);
  await a.close();
  await b.close();
});

test("etcd: entries of foreign writers too large to read in one page are passed over", { skip }, async (t) => {
  const fixture = await createEtcdFixture(ETCD_PROGRAM ?? "");
  t.after(() => fixture.close());
  const size = 1_400_000;
  for (let i = 0; i < 60; i++) await fixture.writeForeign(bytes(`/sluice/f${i}`), new Uint8Array(size));
  const { store } = await fixture.link();
  const registry = new StoreRegistry(store, SYSTEM_CLOCK, Math.random);
  registry.set("/sluice/z", bytes("1"));
  await registry.ready(20_000);
  const view = new PrefixView(registry, "/sluice/");
  await fixture.eventually(() => view.text === "/sluice/z=1", 20_000, "read");
  assert.equal(registry.counters.ignoredValues, 60);
  await registry.close();
});
