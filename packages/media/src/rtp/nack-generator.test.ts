import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { after, instant } from "../time/instant.js";
import { NACK, NackGenerator } from "./nack-generator.js";

const t0 = instant(1_000_000);

function withPackets(...sequenceNumbers: readonly number[]): NackGenerator {
  const nack = new NackGenerator();
  for (const sequenceNumber of sequenceNumbers) nack.handlePacket(sequenceNumber, t0);
  return nack;
}

test("asks for each packet of a gap once per round trip, across the wrap", () => {
  const nack = withPackets(65_534, 65_537);
  assert.deepEqual(nack.pollNack(after(t0, 10), 40), [65_535, 65_536]);
  assert.deepEqual(nack.pollNack(after(t0, 49), 40), []);
  assert.deepEqual(nack.pollNack(after(t0, 50), 40), [65_535, 65_536]);
});

test("does not ask for what comes within the reorder grace", () => {
  const nack = withPackets(1, 3);
  assert.deepEqual(nack.pollNack(after(t0, 9)), []);
  nack.handlePacket(2, after(t0, 9));
  assert.deepEqual(nack.pollNack(after(t0, 10)), []);
  assert.equal(nack.pollTimeout(), undefined);
});

test("says when to poll next", () => {
  const nack = withPackets(1, 3);
  assert.equal(nack.pollTimeout(), after(t0, NACK.reorderGraceMs));
  nack.pollNack(after(t0, 10));
  assert.equal(nack.pollTimeout(), after(t0, 10 + NACK.defaultRttMs));
  nack.handlePacket(5, after(t0, 50));
  assert.equal(nack.pollTimeout(), after(t0, 60), "a newer gap is due before the older one is due again");
});

test("gives a packet up after its tries", () => {
  const nack = withPackets(1, 3);
  let asked = 0;
  for (let ms = 0; ms < 5000; ms += 10) asked += nack.pollNack(after(t0, ms)).length;
  assert.equal(asked, NACK.maxTries);
  assert.equal(nack.missingCount, 0);
  assert.equal(nack.pollTimeout(), undefined);
});

test("duplicates and packets from before the first change nothing", () => {
  const nack = withPackets(10, 12, 12, 12, 3, 10);
  assert.deepEqual(nack.pollNack(after(t0, 10)), [11]);
});

test("[attack 20] a jump wants a keyframe instead of a thousand requests", () => {
  const nack = withPackets(1);
  assert.equal(nack.handlePacket(1 + NACK.maxMissing + 1, t0), "ok");
  assert.equal(nack.missingCount, NACK.maxMissing);
  assert.equal(nack.handlePacket(1 + NACK.maxMissing + 3, t0), "keyframe-needed");
  assert.equal(nack.missingCount, 0);
  assert.equal(nack.handlePacket(1 + NACK.maxMissing + 4, t0), "ok", "and goes on from there");
  assert.equal(nack.pollTimeout(), undefined);
  assert.equal(withPackets(1).handlePacket(2 ** 40, t0), "keyframe-needed");
});

test("asks for exactly the packets that a simple model misses", () => {
  const step = fc.record({ advance: fc.integer({ min: -20, max: 20 }), ms: fc.nat(30) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const nack = withPackets(1000);
      /** Missing number → tries and time it is due. */
      const model = new Map<number, { tries: number; dueMs: number }>();
      let highest = 1000;
      let nowMs = 0;
      for (const { advance, ms } of steps) {
        nowMs += ms;
        const sequenceNumber = highest + advance;
        for (let missing = highest + 1; missing < sequenceNumber; missing++)
          model.set(missing, { tries: 0, dueMs: nowMs + 10 });
        highest = Math.max(highest, sequenceNumber);
        model.delete(sequenceNumber);
        assert.equal(nack.handlePacket(sequenceNumber, after(t0, nowMs)), "ok");
        const expected: number[] = [];
        for (const [missing, state] of model) {
          if (state.dueMs > nowMs) continue;
          if (state.tries === NACK.maxTries) model.delete(missing);
          else {
            expected.push(missing);
            model.set(missing, { tries: state.tries + 1, dueMs: nowMs + 50 });
          }
        }
        assert.deepEqual(nack.pollNack(after(t0, nowMs), 50), expected);
        assert.equal(nack.missingCount, model.size);
      }
    }),
  );
});
