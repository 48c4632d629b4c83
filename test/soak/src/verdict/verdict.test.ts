import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ProcessSample, Sample } from "../watch/sample.js";
import { MAX_GROWTH, MUST_STAY_ZERO } from "./bounds.js";
import { FaultLog } from "./fault.js";
import { QUANTITIES } from "./growth.js";
import { judge } from "./verdict.js";

const FLAT: Omit<ProcessSample, "name"> = {
  liveHeapBytes: 20e6,
  residentBytes: 90e6,
  externalBytes: 5e6,
  descriptors: 30,
  heldSlots: 100,
};
const NOTHING = { total: () => 0 };

/** Of a process for each change: what it adds to every sample. */
function samples(count: number, ...changes: ((index: number) => Partial<ProcessSample>)[]): Sample[] {
  return Array.from({ length: count }, (_, index) => ({
    atMs: index * 30_000,
    processes: changes.map((change, place) => ({ ...FLAT, name: `process ${place}`, ...change(index) })),
  }));
}

test("what is flat is good", () => {
  const { isGood, reasons, growth } = judge(
    samples(
      10,
      () => ({}),
      () => ({ residentBytes: undefined }),
    ),
    new FaultLog(),
    NOTHING,
  );
  assert.deepEqual([isGood, reasons], [true, []]);
  assert.equal(growth.length, 2 * QUANTITIES.length - 1, "what the system does not tell is left out");
});

for (const quantity of QUANTITIES) {
  test(`${quantity} that grows beyond its bound is told, of the process that it is of`, () => {
    const step = (MAX_GROWTH[quantity].atLeast + MAX_GROWTH[quantity].share * 1e9) / 5;
    const { isGood, reasons } = judge(
      samples(
        12,
        () => ({}),
        (index) => ({ [quantity]: 1e3 + index * step }),
      ),
      new FaultLog(),
      NOTHING,
    );
    assert.equal(isGood, false);
    assert.equal(reasons.length, 1);
    assert.match(reasons[0] ?? "", new RegExp(`^${quantity} of process 1 grew by `));
  });
}

test("growth of the warm-up, noise within the bound and samples out of line are no growth", () => {
  const warmUp = (index: number) => ({ liveHeapBytes: 20e6 + Math.min(index, 3) * 10e6 });
  const outOfLine = (index: number) => ({ liveHeapBytes: index % 5 === 4 ? 200e6 : 20e6 });
  assert.deepEqual(judge(samples(12, warmUp, outOfLine), new FaultLog(), NOTHING).reasons, []);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 8, maxLength: 40 }), (noise) => {
      const all = samples(noise.length, (index) => ({ liveHeapBytes: 20e6 + (noise[index] ?? 0) }));
      const { reasons } = judge(all, new FaultLog(), NOTHING);
      assert.deepEqual(reasons, []);
    }),
  );
});

test("too few samples are no verdict", () => {
  assert.match(
    judge(
      samples(5, () => ({})),
      new FaultLog(),
      NOTHING,
    ).reasons.join(),
    /^3 samples after the warm-up/,
  );
  assert.equal(judge([], new FaultLog(), NOTHING).isGood, false);
});

test("counters that must stay zero and faults are told; of very many faults the first ones", () => {
  const [{ name } = { name: "" }] = MUST_STAY_ZERO;
  const end = { total: (asked: string) => (asked === name ? 3 : 0) };
  const faults = new FaultLog();
  for (let index = 0; index < 150; index++) faults.add(index * 1_000, `fault ${index}`);
  const { reasons } = judge(
    samples(8, () => ({})),
    faults,
    end,
  );
  assert.equal(reasons[0], `${name}{} is 3`);
  assert.equal(reasons[1], "after 0 s: fault 0");
  assert.equal(reasons.at(-1), "and 140 faults more");
  assert.equal(reasons.length, 12);
  assert.deepEqual([faults.faults.length, faults.count], [100, 150]);
});
