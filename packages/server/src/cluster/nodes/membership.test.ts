import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../testing/virtual-clock.js";
import type { MemoryRegistryLink, Partition } from "../registry/memory/memory-registry-link.js";
import { MemoryRegistryStore } from "../registry/memory/memory-registry-store.js";
import { StoreRegistry } from "../registry/store-registry.js";
import { Membership } from "./membership.js";
import { nodeKey } from "./node-record.js";
import { IDLE, identityOf } from "./testing/node-samples.js";

const SEEDS = 200;
const STEPS = 120;
const NODE_COUNT = 5;
/** A lease, a longest back-off, a renewal, and the time for the store's answers. */
const HEALING_MS = 10_000 + 3_000 + 3_000 + 1_000;

/** What may happen, as often as it is named. */
const STEP_KINDS = [
  ...(["pass", "pass", "pass", "pass", "start", "start", "start", "kill", "leave", "cut", "cut", "heal"] as const),
  ...(["stop", "resume", "resume", "compact", "foreign", "host", "host", "wall"] as const),
] as const;

/** A node of the cluster; it may be killed and started again. */
interface SimulatedNode {
  readonly nodeId: string;
  readonly link: MemoryRegistryLink;
  readonly registry: StoreRegistry;
  readonly membership: Membership;
  /** Who is there, as far as the changes told. */
  readonly told: Set<string>;
  /** What it hosts: keys that are to be in the store for as long as it lives. */
  readonly hosted: string[];
}

class SimulatedCluster {
  readonly clock = new SteppingClock();
  readonly store = new MemoryRegistryStore(this.clock);
  readonly nodes = new Map<string, SimulatedNode>();
  readonly #random: () => number;
  #runs = 0;

  constructor(seed: number) {
    this.#random = mulberry32(seed);
    this.clock.random = this.#random;
  }

  pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.#random() * values.length)] as T;
  }

  startNode(nodeId: string): void {
    this.#runs += 1;
    const link = this.store.connect(this.pick([0, 1, 5, 40]));
    const registry = new StoreRegistry(link, this.clock, this.#random);
    const told = new Set<string>();
    const membership = new Membership({
      ...{ registry, clock: this.clock, identity: identityOf(nodeId, `run${this.#runs}`), measureLoad: () => IDLE },
      onChange: ({ type, record }) => {
        const name = `${record.nodeId}/${record.incarnation}`;
        assert.equal(told.has(name), type !== "joined", `${type} ${name}`);
        if (type === "left") told.delete(name);
        else told.add(name);
      },
    });
    this.nodes.set(nodeId, { nodeId, link, registry, membership, told, hosted: [] });
  }

  /** As a process ends that is killed. */
  kill(nodeId: string): void {
    const node = this.nodes.get(nodeId);
    this.nodes.delete(nodeId);
    node?.membership.close();
    node?.registry.abandon();
  }

  step(): void {
    const node = this.nodes.get(this.pick([...this.nodes.keys()]));
    switch (this.pick(STEP_KINDS)) {
      case "pass":
        this.clock.advance(this.pick([10, 500, 3_000, 20_000, 20_000]));
        return;
      case "kill":
        if (node !== undefined) this.kill(node.nodeId);
        return;
      case "start": {
        const nodeId = `n${Math.floor(this.#random() * NODE_COUNT)}`;
        if (!this.nodes.has(nodeId)) this.startNode(nodeId);
        return;
      }
      case "leave":
        if (node === undefined) return;
        node.membership.close();
        void node.registry.close();
        this.nodes.delete(node.nodeId);
        return;
      case "cut":
        node?.link.partition(this.pick<Partition>(["requests", "replies", "both"]));
        return;
      case "heal":
        node?.link.partition("none");
        return;
      case "stop":
        if (this.store.isRunning) this.store.stop();
        return;
      case "resume":
        if (!this.store.isRunning) this.store.start();
        return;
      case "compact":
        this.store.compact();
        return;
      case "foreign":
        this.store.writeForeign(
          nodeKey(`n${Math.floor(this.#random() * NODE_COUNT)}`),
          new TextEncoder().encode(this.pick(["", "{}", "null"])),
        );
        return;
      case "host": {
        if (node === undefined) return;
        const key = `/sluice/rooms/r/participants/${node.nodeId}-${node.membership.identity.incarnation}-${node.hosted.length}`;
        node.hosted.push(key);
        node.registry.set(key, new Uint8Array([1]));
        return;
      }
      case "wall":
        this.clock.stepWall();
        return;
    }
  }

  heal(): void {
    if (!this.store.isRunning) this.store.start();
    for (const { link } of this.nodes.values()) link.partition("none");
    this.clock.advance(HEALING_MS);
  }

  keysBelow(prefix: string): string[] {
    const reply = this.store.serve({ type: "read", prefix });
    return reply.type === "entries" ? reply.entries.map(({ key }) => key) : [];
  }
}

/** Its wall clock jumps; the other one goes on. */
class SteppingClock extends VirtualClock {
  random: () => number = () => 0;
  #stepMs = 0;

  override unixMs(): number {
    return super.unixMs() + this.#stepMs;
  }

  stepWall(): void {
    this.#stepMs += (this.random() - 0.5) * 100_000_000;
  }
}

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

test("after any outage has healed every node has the same view, and no record is without a living writer", () => {
  let mostNodes = 0;
  let leasesLost = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const cluster = new SimulatedCluster(seed);
    for (let i = 0; i < NODE_COUNT; i++) cluster.startNode(`n${i}`);
    for (let step = 0; step < STEPS; step++) cluster.step();
    cluster.heal();
    const living = [...cluster.nodes.values()];
    const expected = living.map(({ membership: { identity } }) => `${identity.nodeId}/${identity.incarnation}`).sort();
    mostNodes = Math.max(mostNodes, living.length);
    for (const { nodeId, membership, told, registry } of living) {
      const view = membership
        .nodes()
        .map(({ record, isStale }) => `${record.nodeId}/${record.incarnation}${isStale ? " stale" : ""}`);
      assert.deepEqual(view, expected, `seed ${seed}: the view of ${nodeId}`);
      assert.deepEqual([...told].sort(), expected, `seed ${seed}: what ${nodeId} was told`);
      assert.ok(membership.isConnected, `seed ${seed}: ${nodeId} is connected`);
      leasesLost += registry.counters.leasesLost;
    }
    const hosted = living.flatMap((node) => node.hosted).sort();
    assert.deepEqual(cluster.keysBelow("/sluice/rooms/"), hosted, `seed ${seed}: what is hosted`);
  }
  assert.deepEqual(
    [mostNodes, leasesLost >= SEEDS / 4],
    [NODE_COUNT, true],
    `the seeds reach what they are to test: ${leasesLost}`,
  );
});

test("a node that dies is gone from the others' views within its lease and not before", () => {
  const cluster = new SimulatedCluster(7);
  for (const nodeId of ["a", "b", "c"]) cluster.startNode(nodeId);
  cluster.clock.advance(5_000);
  const watcher = cluster.nodes.get("a")?.membership;
  cluster.kill("c");
  cluster.clock.advance(6_900);
  assert.equal(watcher?.nodes().length, 3);
  cluster.clock.advance(3_200);
  assert.equal(watcher?.nodes().length, 2);
});

test("while the store is away the last view stays and turns stale; then all goes on without a node that left or joined", () => {
  const cluster = new SimulatedCluster(8);
  for (const nodeId of ["a", "b"]) cluster.startNode(nodeId);
  cluster.clock.advance(5_000);
  const watcher = cluster.nodes.get("a")?.membership;
  assert.ok(watcher);
  const before = { ...watcher.counters };
  cluster.store.stop();
  cluster.clock.advance(600_000);
  assert.deepEqual(
    watcher.nodes().map(({ record, isStale }) => [record.nodeId, isStale]),
    [
      ["a", true],
      ["b", true],
    ],
  );
  assert.equal(watcher.isConnected, false);
  cluster.store.start();
  cluster.clock.advance(6_000);
  assert.ok(watcher.isConnected && watcher.nodes().every(({ isStale }) => !isStale));
  assert.deepEqual([watcher.counters.joined, watcher.counters.left], [before.joined, before.left]);
});

test("a node that drains is seen to, and one that closes leaves at once", () => {
  const cluster = new SimulatedCluster(9);
  for (const nodeId of ["a", "b"]) cluster.startNode(nodeId);
  cluster.clock.advance(2_000);
  const [watcher, other] = [cluster.nodes.get("a")?.membership, cluster.nodes.get("b")?.membership];
  other?.drain();
  cluster.clock.advance(200);
  assert.equal(watcher?.get("b")?.record.state, "draining");
  other?.close();
  cluster.clock.advance(200);
  assert.equal(watcher?.get("b"), undefined);
});
