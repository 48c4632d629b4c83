import assert from "node:assert/strict";
import { test } from "node:test";
import { after, instant } from "@sluice/media";
import { UnprovenConnections } from "./unproven-connections.js";

const t0 = instant(1_000_000);
const create = () => new UnprovenConnections<string>({ maxUnproven: 4, maxUnprovenPerNetwork: 2, unprovenTimeoutMs: 10_000 });

test("[attack 13] each waits for its own time, and who has proven itself waits no longer", () => {
  const unproven = create();
  unproven.add("a", "192.0.2.1", t0);
  unproven.add("b", "192.0.2.1", after(t0, 1));
  unproven.add("c", "192.0.2.2", after(t0, 2));
  unproven.remove("b");
  assert.equal(unproven.pollExpired(after(t0, 9_999)), undefined);
  assert.equal(unproven.pollExpired(after(t0, 10_001)), "a");
  assert.equal(unproven.pollExpired(after(t0, 10_001)), undefined);
  assert.equal(unproven.pollExpired(after(t0, 10_002)), "c");
  assert.equal(unproven.size, 0);
});

test("[attack 13] one network has so many and no more: an IPv4 address, an IPv6 /64", () => {
  const unproven = create();
  unproven.add("a", "192.0.2.1", t0);
  assert.ok(unproven.admits("192.0.2.1"));
  unproven.add("b", "192.0.2.1", t0);
  assert.ok(!unproven.admits("192.0.2.1"));
  assert.ok(unproven.admits("192.0.2.2"));
  unproven.remove("a");
  assert.ok(unproven.admits("192.0.2.1"));
  unproven.add("c", "2001:db8::1", t0);
  unproven.add("d", "2001:db8::ffff:1", t0);
  assert.ok(!unproven.admits("2001:db8:0:0:5::"));
  assert.ok(unproven.admits("2001:db8:0:1::1"));
});

test("[attack 13] of too many the oldest goes, so a flood from everywhere keeps nobody out who proves himself at once", () => {
  const unproven = create();
  for (const index of [1, 2, 3, 4]) assert.equal(unproven.add(`flood${index}`, `192.0.2.${index}`, t0), undefined);
  assert.equal(unproven.add("honest", "198.51.100.1", t0), "flood1");
  unproven.remove("honest");
  assert.equal(unproven.size, 3);
  for (let index = 5; index < 100; index++) unproven.add(`flood${index}`, `192.0.2.${index}`, t0);
  assert.equal(unproven.size, 4);
});
