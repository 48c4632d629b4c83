import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { HashRing, RING } from "./hash-ring.js";
import { hashKey } from "./key-hash.js";

const KEYS = Array.from({ length: 20_000 }, (_, index) => `room-${index}`);
const nodeIds = fc.uniqueArray(fc.oneof(fc.string(), fc.stringMatching(/^node-\d{1,3}$/)), { minLength: 1, maxLength: 20 });

function ringOf(ids: readonly string[], virtualNodes?: number): HashRing {
  const ring = new HashRing();
  for (const id of ids) assert.ok(ring.add(id, virtualNodes));
  return ring;
}

function walkOf(ring: HashRing, key: string): string[] {
  const walked: string[] = [];
  ring.find(hashKey(key), (nodeId) => {
    walked.push(nodeId);
    return false;
  });
  return walked;
}

function virtualWalkOf(ring: HashRing, key: string, maxSteps: number) {
  const walked: { nodeId: string; point: number }[] = [];
  ring.findVirtual(hashKey(key), maxSteps, (nodeId, point) => {
    walked.push({ nodeId, point });
    return false;
  });
  return walked;
}

/** The same without typed arrays and without increments. */
function modelWalk(ids: readonly string[], virtualNodes: number, key: string) {
  const points = ids.flatMap((nodeId) =>
    Array.from({ length: virtualNodes }, (_, index) => ({ nodeId, point: hashKey(`${nodeId}#${index}`) })),
  );
  points.sort((a, b) => a.point - b.point || (a.nodeId < b.nodeId ? -1 : 1));
  const start = points.findIndex(({ point }) => point >= hashKey(key));
  return start === -1 ? points : [...points.slice(start), ...points.slice(0, start)];
}

test("a ring is what its definition says, whatever came and went before", () => {
  const steps = fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 9 })), { maxLength: 30 });
  fc.assert(
    fc.property(steps, fc.array(fc.string(), { maxLength: 10 }), (changes, keys) => {
      const ring = new HashRing();
      const present = new Set<string>();
      for (const [isAdded, which] of changes) {
        const nodeId = `node-${which}`;
        assert.equal(isAdded ? ring.add(nodeId, 16) : ring.remove(nodeId), present.has(nodeId) !== isAdded);
        if (isAdded) present.add(nodeId);
        else present.delete(nodeId);
      }
      assert.equal(ring.size, present.size);
      for (const key of keys) {
        const points = modelWalk([...present], 16, key);
        assert.deepEqual(virtualWalkOf(ring, key, 1_000), points);
        assert.deepEqual(virtualWalkOf(ring, key, 20), points.slice(0, 20));
        const walk = [...new Set(points.map(({ nodeId }) => nodeId))];
        assert.deepEqual(walkOf(ring, key), walk);
        assert.equal(
          ring.findVirtual(hashKey(key), 1_000, (nodeId) => nodeId === walk[1]),
          walk[1],
        );
        assert.equal(ring.lookup(key), walk[0]);
      }
    }),
  );
});

test("two nodes at one point lie in the order of their names", () => {
  const [one, other] = ["node-126-80382", "node-3cac-71716"] as const;
  assert.equal(hashKey(`${one}#0`), hashKey(`${other}#0`));
  for (const ids of [
    [one, other],
    [other, one],
  ]) {
    // The key is at the point itself.
    assert.deepEqual(walkOf(ringOf(ids, 1), `${one}#0`), [one, other]);
  }
});

test("nodes agree, in whatever order they heard of each other", () => {
  fc.assert(
    fc.property(
      nodeIds.chain((ids) => fc.tuple(fc.constant(ids), fc.shuffledSubarray(ids, { minLength: ids.length }))),
      fc.array(fc.string(), { minLength: 5, maxLength: 20 }),
      ([ids, shuffled], keys) => {
        const [one, other] = [ringOf(ids), ringOf(shuffled)];
        for (const key of keys) assert.deepEqual(walkOf(one, key), walkOf(other, key));
      },
    ),
    { numRuns: 50 },
  );
});

test("who comes takes about 1/n of the keys, all others stay, and when it goes they go back to where they were", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(), (count, salt) => {
      const ring = ringOf(Array.from({ length: count }, (_, index) => `node-${salt}-${index}`));
      const before = KEYS.map((key) => ring.lookup(key));
      const newcomer = `newcomer-${salt}`;
      assert.ok(ring.add(newcomer));
      let moved = 0;
      for (const [index, key] of KEYS.entries()) {
        const nodeId = ring.lookup(key);
        if (nodeId === before[index]) continue;
        assert.equal(nodeId, newcomer);
        moved += 1;
      }
      // The share of one of n nodes has a relative deviation of 1/16, that of counting 1/20 at most.
      const share = (moved / KEYS.length) * (count + 1);
      assert.ok(share > 0.65 && share < 1.35, `${moved} keys moved to one of ${count + 1}`);
      assert.ok(ring.remove(newcomer));
      assert.deepEqual(
        KEYS.map((key) => ring.lookup(key)),
        before,
      );
    }),
    { numRuns: 30, seed: 20_261_201 },
  );
});

test("who goes gives its keys to many, and nobody else's move", () => {
  const ring = ringOf(Array.from({ length: 20 }, (_, index) => `node-${index}`));
  const before = KEYS.map((key) => ring.lookup(key));
  ring.remove("node-7");
  const heirs = new Set<string | undefined>();
  for (const [index, key] of KEYS.entries()) {
    if (before[index] === "node-7") heirs.add(ring.lookup(key));
    else assert.equal(ring.lookup(key), before[index]);
  }
  assert.ok(heirs.size > 15 && !heirs.has("node-7"), `${heirs.size} heirs`);
});

for (const [form, nodeId] of Object.entries({
  numbered: (index: number) => `node-${index}`,
  padded: (index: number) => `sfu-eu-${String(index).padStart(3, "0")}`,
  addresses: (index: number) => `10.0.3.${index}:7880`,
  "long and alike": (index: number) => `${"sluice-production-media-".repeat(4)}${index}`,
})) {
  test(`50 nodes get even shares: names that are ${form}`, () => {
    const ring = ringOf(Array.from({ length: 50 }, (_, index) => nodeId(index)));
    const keys = new Map<string, number>();
    for (let key = 0; key < 200_000; key++) {
      const owner = ring.lookup(`room-${key}`) ?? "";
      keys.set(owner, (keys.get(owner) ?? 0) + 1);
    }
    const most = Math.max(...keys.values()) / 4_000;
    assert.ok(keys.size === 50 && most < 1.3, `the largest share is ${most} times the mean`);
  });
}

test("twice as many virtual nodes get twice the keys, and more of them move keys to that node only", () => {
  const others = Array.from({ length: 9 }, (_, index) => `node-${index}`);
  const [small, large] = [ringOf(others), ringOf(others)];
  small.add("grown", 256);
  large.add("grown", 512);
  let counts = [0, 0];
  for (const key of KEYS) {
    const [before, after] = [small.lookup(key), large.lookup(key)];
    if (before !== after) assert.equal(after, "grown");
    counts = [(counts[0] ?? 0) + Number(before === "grown"), (counts[1] ?? 0) + Number(after === "grown")];
  }
  const ratio = (counts[1] ?? 0) / (counts[0] ?? 1) / (20 / 11);
  assert.ok(ratio > 0.85 && ratio < 1.15, `${counts}`);
});

test("a ring takes so many nodes and no more, and numbers of virtual nodes are bounded", () => {
  const ring = new HashRing();
  assert.equal(ring.lookup("room"), undefined);
  assert.equal(
    ring.find(1, () => true),
    undefined,
  );
  for (const virtualNodes of [Number.NaN, -1, 0, 0.5]) {
    assert.ok(ring.add("one", virtualNodes));
    assert.equal(ring.lookup("room"), "one");
    assert.ok(ring.remove("one"));
  }
  assert.ok(ring.add("many", Number.POSITIVE_INFINITY));
  for (let index = 1; index < RING.maxNodes; index++) ring.add(`node-${index}`, 1);
  assert.equal(ring.size, RING.maxNodes);
  assert.equal(ring.add("one too many"), false);
  assert.equal(ring.has("one too many"), false);
  assert.ok(ring.remove("node-1") && ring.add("in its place"));
});
