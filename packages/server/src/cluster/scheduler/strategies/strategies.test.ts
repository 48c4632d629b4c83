import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cpuStrategy } from "./cpu-strategy.js";
import { hybridStrategy } from "./hybrid-strategy.js";
import { normalise } from "./normalise.js";
import { STRATEGIES, type StrategyName } from "./strategies.js";
import { streamsStrategy } from "./streams-strategy.js";

const idle = { cpuPercent: 0, streams: 0 };
const busy = { cpuPercent: 80, streams: 99 };
const load = fc.record({ cpuPercent: fc.double({ min: 0, max: 100, noNaN: true }), streams: fc.nat({ max: 100_000 }) });

test("cpu: 100 − cpu", () => {
  assert.deepEqual(cpuStrategy([idle, busy]), [100, 20]);
  assert.deepEqual(cpuStrategy([{ ...idle, cpuPercent: 250 }]), [0]);
});

test("streams: 1/(streams + 1)", () => {
  assert.deepEqual(streamsStrategy([idle, busy, { ...idle, streams: 1 }]), [1, 0.01, 0.5]);
});

test("hybrid: 0.4·cpu + 0.6·streams, each beside the best", () => {
  assert.deepEqual(hybridStrategy([idle, busy]), [1, 0.4 * 0.2 + 0.6 * 0.01]);
  // The best by each may be two nodes.
  const scores = hybridStrategy([
    { cpuPercent: 50, streams: 199 },
    { cpuPercent: 75, streams: 99 },
  ]);
  assert.deepEqual(scores, [0.4 + 0.6 * 0.5, 0.4 * 0.5 + 0.6]);
});

test("nodes that are all as bad are all as good", () => {
  assert.deepEqual(normalise([0, 0]), [1, 1]);
  assert.deepEqual(normalise([]), []);
  assert.deepEqual(hybridStrategy([{ cpuPercent: 100, streams: 0 }]), [1]);
});

for (const name of Object.keys(STRATEGIES) as StrategyName[]) {
  test(`${name}: a lighter node never scores less, beside it no other one more`, () => {
    fc.assert(
      fc.property(fc.array(load, { minLength: 1, maxLength: 8 }), fc.nat(), load, (loads, which, wish) => {
        const index = which % loads.length;
        const before = normalise(STRATEGIES[name](loads));
        const heavy = loads[index] ?? idle;
        const lighter = {
          cpuPercent: Math.min(heavy.cpuPercent, wish.cpuPercent),
          streams: Math.min(heavy.streams, wish.streams),
        };
        const after = normalise(STRATEGIES[name](loads.with(index, lighter)));
        for (const [other, score] of after.entries()) {
          assert.ok(score >= 0 && score <= 1);
          const was = before[other] ?? 0;
          assert.ok(other === index ? score >= was : score <= was, `${other}: ${was} → ${score}`);
        }
      }),
    );
  });
}
