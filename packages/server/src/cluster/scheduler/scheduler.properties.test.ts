import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "@sluice/media";
import { SluiceError } from "@sluice/protocol";
import fc from "fast-check";
import type { ScheduledNode } from "./scheduled-node.js";
import { STRATEGIES, type StrategyName } from "./strategies/strategies.js";
import { idleNode, schedulerOf } from "./testing/scheduler-fixture.js";

const RUNS = { numRuns: 400, seed: 20_261_201 };

const REGIONS = ["", "eu", "us"] as const;

const arbitraryStrategy = fc.constantFrom(...(Object.keys(STRATEGIES) as StrategyName[]));
const arbitraryRegion = fc.constantFrom(undefined, "nowhere", ...REGIONS);
const arbitraryKeys = fc.array(fc.string(), { minLength: 5, maxLength: 40 });

/** Mostly nodes as they are, and some as they never should be. */
const arbitraryNode: fc.Arbitrary<ScheduledNode> = fc.record({
  nodeId: fc.stringMatching(/^node-\d{1,4}$/),
  region: fc.constantFrom(...REGIONS),
  state: fc.constantFrom("serving", "serving", "serving", "draining"),
  isStale: fc.constantFrom(false, false, false, true),
  cpuPercent: fc.oneof({ weight: 9, arbitrary: fc.double({ min: 0, max: 100, noNaN: true }) }, fc.double()),
  streams: fc.oneof({ weight: 9, arbitrary: fc.nat({ max: 2_000 }) }, fc.double()),
  latencyMs: fc.option(fc.double({ min: -10, max: 1_000 }), { nil: undefined }),
  lossRatio: fc.option(fc.double({ min: -0.1, max: 1.1 }), { nil: undefined }),
});

const arbitraryCluster = fc.uniqueArray(arbitraryNode, { selector: ({ nodeId }) => nodeId, maxLength: 12 });

/** The rules once more, in words of their own. */
function mayBeChosen({ state, isStale, cpuPercent, streams }: ScheduledNode): boolean {
  return (
    state === "serving" &&
    !isStale &&
    cpuPercent >= 0 &&
    cpuPercent < 90 &&
    Number.isInteger(streams) &&
    streams >= 0 &&
    streams < 1e6
  );
}

function groupFor(nodes: readonly ScheduledNode[], region: string | undefined): ScheduledNode[] {
  const eligible = nodes.filter(mayBeChosen);
  const own = eligible.filter((node) => node.region === region);
  if (own.length > 0) return own;
  return eligible;
}

test("only nodes that serve, are heard of and are not full are chosen, of one's own region while it has one", () => {
  let found = 0;
  let refused = 0;
  fc.assert(
    fc.property(arbitraryCluster, arbitraryKeys, arbitraryRegion, arbitraryStrategy, (nodes, keys, region, strategy) => {
      const scheduler = schedulerOf(nodes, { strategy });
      const group = groupFor(nodes, region).map(({ nodeId }) => nodeId);
      for (const key of keys) {
        if (group.length === 0) {
          const isRefusal = (error: unknown) => error instanceof SluiceError && error.code === "noNodeAvailable";
          assert.throws(() => scheduler.choose({ key, region }), isRefusal);
          refused += 1;
        } else {
          assert.ok(group.includes(scheduler.choose({ key, region })));
          found += 1;
        }
      }
      assert.equal(scheduler.counts.noNodeAvailable, group.length === 0 ? keys.length : 0);
    }),
    RUNS,
  );
  assert.ok(found > 1_000 && refused > 100, `${found} found, ${refused} refused`);
});

test("nobody gets a new key above 1.25 times the mean of those among whom is chosen", () => {
  fc.assert(
    fc.property(arbitraryCluster, arbitraryKeys, arbitraryRegion, arbitraryStrategy, (nodes, keys, region, strategy) => {
      const scheduler = schedulerOf(nodes, { strategy });
      const group = groupFor(nodes, region);
      if (group.length === 0) return;
      const streams = new Map(group.map((node) => [node.nodeId, node.streams]));
      for (const key of keys) {
        const total = [...streams.values()].reduce((sum, value) => sum + value, 0);
        const nodeId = scheduler.choose({ key, region });
        const then = (streams.get(nodeId) ?? Number.NaN) + 1;
        assert.ok(then <= Math.ceil((1.25 * (total + 1)) / group.length), `${then} on ${nodeId} of ${total}`);
        streams.set(nodeId, then);
        scheduler.handlePlaced(nodeId);
      }
    }),
    RUNS,
  );
});

test("schedulers that know the same nodes choose the same, in whatever order they heard of them and whoever was there before", () => {
  const shuffled = arbitraryCluster.chain((nodes) =>
    fc.tuple(fc.constant(nodes), fc.shuffledSubarray(nodes, { minLength: nodes.length })),
  );
  fc.assert(
    fc.property(shuffled, arbitraryKeys, arbitraryRegion, arbitraryStrategy, ([nodes, others], keys, region, strategy) => {
      const one = schedulerOf(nodes, { strategy });
      const other = schedulerOf([idleNode("gone"), ...others], { strategy });
      other.removeNode("gone");
      for (const key of keys) {
        const placedOn = key.length % 2 === 0 ? nodes.slice(0, 2).map(({ nodeId }) => nodeId) : [];
        const request = { key, region, placedOn };
        assert.deepEqual(one.explain(request), other.explain({ ...request, placedOn: placedOn.toReversed() }));
      }
    }),
    RUNS,
  );
});

test("a node that gets better keeps every key it would have got", () => {
  let kept = 0;
  let won = 0;
  const better = fc.record({
    cpuPercent: fc.double({ min: 0, max: 100, noNaN: true }),
    streams: fc.nat({ max: 2_000 }),
    latencyMs: fc.double({ min: 0, max: 600, noNaN: true }),
    lossRatio: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(
      arbitraryCluster.filter((nodes) => nodes.some(mayBeChosen)),
      arbitraryKeys,
      arbitraryRegion,
      arbitraryStrategy,
      fc.nat(),
      better,
      (nodes, keys, region, strategy, which, wish) => {
        const candidates = nodes.filter(mayBeChosen);
        const node = candidates[which % candidates.length] ?? idleNode("none");
        const improved: ScheduledNode = {
          ...node,
          cpuPercent: Math.min(node.cpuPercent, wish.cpuPercent),
          streams: Math.min(node.streams, wish.streams),
          ...(node.latencyMs === undefined ? {} : { latencyMs: Math.min(node.latencyMs, wish.latencyMs) }),
          ...(node.lossRatio === undefined ? {} : { lossRatio: Math.min(node.lossRatio, wish.lossRatio) }),
        };
        // A reading that is none counts as not measured, so a number in its place would be no improvement.
        if (Number.isNaN(improved.latencyMs ?? 0) || Number.isNaN(improved.lossRatio ?? 0)) return;
        const before = schedulerOf(nodes, { strategy });
        const after = schedulerOf(nodes.with(nodes.indexOf(node), improved), { strategy });
        for (const key of keys) {
          const [was, is] = [before.choose({ key, region }), after.choose({ key, region })];
          if (was === node.nodeId) {
            assert.equal(is, was);
            kept += 1;
          } else if (is === node.nodeId) won += 1;
        }
      },
    ),
    RUNS,
  );
  assert.ok(kept > 500 && won > 200, `${kept} kept, ${won} won`);
});

test("where a key is already it stays, as long as a node of the region asked for has it and takes newcomers", () => {
  let stayed = 0;
  fc.assert(
    fc.property(arbitraryCluster, arbitraryKeys, arbitraryRegion, fc.nat(), (nodes, keys, region, which) => {
      const scheduler = schedulerOf(nodes);
      const group = groupFor(nodes, region);
      const host = nodes[which % Math.max(1, nodes.length)];
      if (host === undefined || group.length === 0) return;
      for (const key of keys) {
        const chosen = scheduler.choose({ key, region, placedOn: ["nobody", host.nodeId] });
        if (group.includes(host)) {
          assert.equal(chosen, host.nodeId);
          stayed += 1;
        } else assert.equal(chosen, scheduler.choose({ key, region }));
      }
    }),
    RUNS,
  );
  assert.ok(stayed > 1_000, `${stayed}`);
});

test("an explanation is plain data and tells of every node once, and of the choice what choose says", () => {
  fc.assert(
    fc.property(arbitraryCluster, arbitraryKeys, arbitraryRegion, arbitraryStrategy, (nodes, keys, region, strategy) => {
      const scheduler = schedulerOf(nodes, { strategy });
      for (const key of keys) {
        const decision = scheduler.explain({ key, region });
        assert.deepEqual(JSON.parse(JSON.stringify(decision)), plain(decision));
        const told = [...decision.candidates, ...decision.excluded].map(({ nodeId }) => nodeId);
        assert.deepEqual(told.toSorted(), nodes.map(({ nodeId }) => nodeId).toSorted());
        const chosen = decision.candidates.filter(({ outcome }) => outcome === "chosen").map(({ nodeId }) => nodeId);
        assert.deepEqual(chosen, decision.choice === undefined ? [] : [scheduler.choose({ key, region })]);
        for (const { lowestDraw, acceptance, outcome } of decision.candidates) {
          if (outcome === "passedOver") assert.ok((lowestDraw ?? 0) >= acceptance);
          if (outcome === "chosen" && decision.choice?.because === "accepted") assert.ok((lowestDraw ?? 1) < acceptance);
        }
      }
    }),
    RUNS,
  );
});

/** Without what JSON leaves out. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return Object.is(value, -0) ? 0 : value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries.map(([name, each]) => [name, plain(each)]));
}

test("a thousand rooms that begin between two reports are spread as if all had been reported", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), arbitraryStrategy, fc.nat(), (count, strategy, salt) => {
      const nodes = Array.from({ length: count }, (_, index) => idleNode(`node-${salt}-${index}`));
      const scheduler = schedulerOf(nodes, { strategy });
      const placed = new Map<string, number>();
      for (let room = 0; room < 1_000; room++) {
        const nodeId = scheduler.choose({ key: `room-${room}` });
        placed.set(nodeId, (placed.get(nodeId) ?? 0) + 1);
        scheduler.handlePlaced(nodeId);
      }
      assert.ok(Math.max(...placed.values()) <= Math.ceil(1_250 / count));
      // Reported, and once more: then they are counted once.
      const streamsOf = () => scheduler.explain({ key: "" }).candidates.reduce((sum, { streams }) => sum + streams, 0);
      for (const node of nodes) scheduler.setNode({ ...node, streams: placed.get(node.nodeId) ?? 0 }, instant(3_000_000));
      for (const node of nodes) scheduler.setNode({ ...node, streams: placed.get(node.nodeId) ?? 0 }, instant(6_000_000));
      assert.equal(streamsOf(), 1_000);
    }),
    { ...RUNS, numRuns: 30 },
  );
});
