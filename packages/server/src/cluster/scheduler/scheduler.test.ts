import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "@sluice/media";
import { SluiceError } from "@sluice/protocol";
import { HashRing, RING } from "../ring/hash-ring.js";
import type { ScheduledNode } from "./scheduled-node.js";
import { Scheduler } from "./scheduler.js";
import { idleNode, schedulerOf } from "./testing/scheduler-fixture.js";

const KEYS = Array.from({ length: 20_000 }, (_, index) => `room-${index}`);
/** So many streams that the bound is not reached. */
const settled = (nodeId: string, changes: Partial<ScheduledNode> = {}) => idleNode(nodeId, { streams: 1_000, ...changes });
const five = ["a", "b", "c", "d", "e"].map((nodeId) => settled(nodeId));

const whyOf = (nodes: readonly ScheduledNode[]) => {
  try {
    return schedulerOf(nodes, { maxStreams: 5_000 }).choose({ key: "room" });
  } catch (error) {
    return error instanceof SluiceError ? `${error.code}: ${error.message}` : error;
  }
};

test("among nodes that are alike a key goes where the ring says", () => {
  const ring = new HashRing();
  for (const { nodeId } of five) ring.add(nodeId);
  const scheduler = schedulerOf(five);
  for (const key of KEYS) assert.equal(scheduler.choose({ key }), ring.lookup(key));
});

test("shares follow score times QoS weight", () => {
  // Under `cpu`: 100 beside 60 × (1 − 40/90), latency counts 0.8 besides.
  const nodes = [settled("idle"), settled("busy", { cpuPercent: 40 }), settled("far", { latencyMs: 100 })];
  const scheduler = schedulerOf(nodes, { strategy: "cpu" });
  const counts = new Map<string, number>();
  for (const key of KEYS) {
    const nodeId = scheduler.choose({ key });
    counts.set(nodeId, (counts.get(nodeId) ?? 0) + 1);
  }
  const idle = counts.get("idle") ?? 0;
  for (const [nodeId, expected] of [
    ["busy", 0.6 * (1 - 40 / 90)],
    ["far", 0.8],
  ] as const) {
    const share = (counts.get(nodeId) ?? 0) / idle;
    assert.ok(Math.abs(share - expected) < 0.1, `${nodeId} gets ${share} of what idle gets, not ${expected}`);
  }
});

test("a node that gets a little worse loses a few keys, and nobody else's move", () => {
  const before = schedulerOf(five, { strategy: "cpu" });
  const after = schedulerOf([...five.slice(0, 4), settled("e", { cpuPercent: 2 })], { strategy: "cpu" });
  let moved = 0;
  for (const key of KEYS) {
    const [was, is] = [before.choose({ key }), after.choose({ key })];
    if (was === is) continue;
    assert.equal(was, "e");
    moved += 1;
  }
  // Of a fifth of the keys 1 − 0.98 × (1 − 2/90).
  assert.ok(moved > 100 && moved < 250, `${moved} of ${KEYS.length} keys moved`);
});

test("a room on several nodes is joined where there are the fewest streams, in one's own region", () => {
  const nodes = [
    settled("eu-1", { region: "eu", streams: 900 }),
    settled("eu-2", { region: "eu", streams: 800 }),
    settled("us-1", { region: "us", streams: 10 }),
  ];
  const scheduler = schedulerOf(nodes);
  const placedOn = ["us-1", "eu-1", "eu-2"];
  assert.equal(scheduler.choose({ key: "room", region: "eu", placedOn }), "eu-2");
  assert.equal(scheduler.choose({ key: "room", region: "us", placedOn }), "us-1");
  assert.equal(scheduler.choose({ key: "room", placedOn }), "us-1");
  // Where the region has nodes but none with the room, people get a node near them, and the room a relay.
  assert.equal(scheduler.choose({ key: "room", region: "us", placedOn: ["eu-1"] }), "us-1");
});

test("a region whose nodes are all full spills over, and not before", () => {
  const us = settled("us-1", { region: "us", streams: 0 });
  const busy = schedulerOf([settled("eu-1", { region: "eu", cpuPercent: 89.9 }), us]);
  assert.equal(busy.choose({ key: "room", region: "eu" }), "eu-1");
  const full = schedulerOf([settled("eu-1", { region: "eu", cpuPercent: 90 }), us]);
  assert.equal(full.choose({ key: "room", region: "eu" }), "us-1");
  assert.equal(full.explain({ key: "room", region: "eu" }).choice?.from, "elsewhere");
});

test("without a node to choose the refusal says why", () => {
  assert.equal(whyOf([]), "noNodeAvailable: no node takes newcomers: none is known; try again later");
  const nodes = [
    idleNode("a", { state: "draining" }),
    idleNode("b", { isStale: true }),
    idleNode("c", { cpuPercent: 95 }),
    idleNode("d", { streams: 5_000 }),
    idleNode("e", { streams: Number.NaN }),
  ];
  assert.equal(
    whyOf(nodes),
    "noNodeAvailable: no node takes newcomers: 1 draining, 1 silent, 1 out of CPU, 1 full, 1 with an unreadable record; try again later",
  );
  assert.equal(whyOf([...nodes, idleNode("f")]), "f");
  assert.deepEqual(
    schedulerOf(nodes, { maxStreams: 5_000 })
      .explain({ key: "room" })
      .excluded.map(({ why }) => why),
    ["draining", "stale", "cpuFull", "streamsFull", "unreadable"],
  );
});

test("a node is full with what was placed on it, and free again with its report", () => {
  const scheduler = schedulerOf([idleNode("a", { streams: 8 })], { maxStreams: 10 });
  scheduler.handlePlaced("a", 2);
  scheduler.handlePlaced("unknown", 2);
  for (const absurd of [Number.NaN, -5, 0]) scheduler.handlePlaced("a", absurd);
  assert.throws(() => scheduler.choose({ key: "room" }), SluiceError);
  scheduler.setNode(idleNode("a", { streams: 8 }), instant(3_000_000));
  assert.throws(() => scheduler.choose({ key: "room" }), SluiceError);
  scheduler.setNode(idleNode("a", { streams: 8 }), instant(6_000_000));
  assert.equal(scheduler.choose({ key: "room" }), "a");
});

test("drops are counted", () => {
  const scheduler = new Scheduler();
  for (let index = 0; index < RING.maxNodes; index++) scheduler.setNode(idleNode(`node-${index}`), instant(0));
  assert.equal(scheduler.setNode(idleNode("one too many"), instant(0)), false);
  assert.equal(scheduler.setNode(idleNode("node-1", { latencyMs: Number.NaN }), instant(0)), true);
  scheduler.removeNode("node-1");
  scheduler.removeNode("node-1");
  assert.deepEqual(scheduler.counts, { unreadableReadings: 1, refusedNodes: 1, noNodeAvailable: 0 });
});
