import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ReceivedTsns } from "./received-tsns.js";

test("[RFC9260 §6.2] what has arrived, and the gap blocks, are as a plain set has them", () => {
  const step = fc.oneof(
    { weight: 10, arbitrary: fc.record({ kind: fc.constant("data" as const), tsn: fc.integer({ min: 90, max: 160 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("forward" as const), tsn: fc.integer({ min: 90, max: 160 }) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100, size: "max" }), (steps) => {
      const received = new ReceivedTsns(100, 1000);
      const model = new Set<number>();
      let cumulative = 99;
      const settle = () => {
        while (model.has(cumulative + 1)) cumulative++;
      };
      for (const { kind, tsn } of steps) {
        if (kind === "forward") {
          assert.equal(received.forward(tsn), tsn > cumulative);
          cumulative = Math.max(cumulative, tsn);
        } else {
          const isNew = tsn > cumulative && !model.has(tsn);
          assert.equal(received.judge(tsn), isNew ? "new" : "duplicate");
          if (isNew) received.add(tsn);
          model.add(tsn);
        }
        settle();
        assert.equal(received.cumulativeTsn, cumulative);
        const listed = new Set<number>();
        const gaps = received.gaps();
        for (let block = 0; block < gaps.length; block += 2) {
          const [start = 0, end = 0] = gaps.slice(block, block + 2);
          for (let offset = start; offset <= end; offset++) listed.add(cumulative + offset);
        }
        assert.deepEqual(listed, new Set([...model].filter((each) => each > cumulative).sort((a, b) => a - b)));
        assert.equal(received.hasGap, listed.size > 0);
      }
    }),
  );
});

test("with all ranges taken, only what makes no new one is taken", () => {
  const received = new ReceivedTsns(0, 3);
  for (const tsn of [2, 5, 8]) received.add(tsn);
  assert.equal(received.judge(11), "tooFar");
  assert.equal(received.judge(9), "new");
  assert.equal(received.judge(7), "new");
  assert.equal(received.judge(3), "new");
  assert.equal(received.judge(0), "new");
  assert.equal(received.judge(5), "duplicate");
  assert.equal(received.judge(0x1_0000), "tooFar");
});

test("[RFC9260 §3.3.4] duplicates are listed once, and not without end", () => {
  const received = new ReceivedTsns(0, 10);
  for (let count = 0; count < 100; count++) received.addDuplicate(7);
  assert.equal(received.takeDuplicates().length, 16);
  assert.deepEqual(received.takeDuplicates(), []);
});
