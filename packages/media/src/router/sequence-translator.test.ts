import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MAX_SEQUENCE_GAP, SequenceTranslator } from "./sequence-translator.js";

function begun(received: number): SequenceTranslator {
  const translator = new SequenceTranslator();
  translator.begin(received);
  return translator;
}

const translateAll = (translator: SequenceTranslator, ...received: number[]) => received.map((n) => translator.translate(n));

test("starts below 2^15 whatever the Producer's number is, so the receiver's rollover counter starts at 0", () => {
  assert.equal(begun(200_000).translate(200_000), 200_000 & 0x7fff);
});

test("goes on without a gap after a pause", () => {
  const translator = begun(10);
  assert.deepEqual(translateAll(translator, 10, 11, 12), [10, 11, 12]);
  translator.begin(500);
  assert.deepEqual(translateAll(translator, 500, 501), [13, 14]);
  translator.begin(900, 1);
  assert.deepEqual(translateAll(translator, 900), [16]);
});

test("refuses packets from before the current segment", () => {
  assert.equal(new SequenceTranslator().translate(5), -1);
  assert.equal(begun(100).translate(99), -1);
});

test("leaves out without a gap, and a late packet of what is kept finds its number", () => {
  const translator = begun(10);
  assert.deepEqual(translateAll(translator, 10), [10]);
  assert.equal(translator.leaveOut(11), -1);
  assert.equal(translator.leaveOut(12), -1);
  assert.deepEqual(translateAll(translator, 13, 15), [11, 13]);
  assert.equal(translator.leaveOut(16), -1);
  assert.deepEqual(translateAll(translator, 17, 14), [14, 12]);
  assert.deepEqual(translateAll(translator, 11, 12, 16), [-1, -1, -1]);
});

test("a number that was reserved for a packet which is left out is given back to be closed", () => {
  const translator = begun(10);
  assert.deepEqual(translateAll(translator, 10, 13), [10, 13]);
  assert.equal(translator.leaveOut(12), 12);
  assert.deepEqual(translateAll(translator, 14), [14]);
  assert.equal(translator.leaveOut(17), -1);
  assert.equal(translator.leaveOut(19, true), -1);
  assert.deepEqual(translateAll(translator, 18, 20), [-1, 17]);
});

test("attack 20: a jump leaves no gap that the receiver's rollover counter could lose, and nothing behind it is used twice", () => {
  const translator = begun(10);
  assert.deepEqual(translateAll(translator, 10, 12), [10, 12]);
  assert.equal(translator.leaveOut(15), -1);
  assert.deepEqual(translateAll(translator, 40_015), [13]);
  assert.deepEqual(translateAll(translator, 13, 11), [-1, 11]);
  assert.equal(translator.leaveOut(40_016 + MAX_SEQUENCE_GAP), -1);
  assert.deepEqual(translateAll(translator, 40_017 + MAX_SEQUENCE_GAP), [14]);
});

test("extends a 16-bit number to the nearest sent one across the wrap", () => {
  const translator = new SequenceTranslator();
  assert.equal(translator.extend(3), -1);
  translator.begin(32_000);
  for (let n = 32_000; n < 70_000; n++) translator.translate(n);
  assert.equal(translator.extend(65_535), 65_535);
  assert.equal(translator.extend(69_000 & 0xffff), 69_000);
});

/** What happens to the packets of a stream: kept or left out, in order or late, and now and then a new beginning. */
const packets = fc.array(
  fc.record({
    isKept: fc.boolean(),
    lateness: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 12 }) }),
    jump: fc.oneof({ weight: 40, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 70_000 }) }),
    isLost: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    begins: fc.integer({ min: 0, max: 60 }).map((n) => n === 0),
  }),
  { minLength: 1, maxLength: 300 },
);

test("no number is used twice, order is kept, and what was kept leaves no gap but losses' (property)", () => {
  fc.assert(
    fc.property(packets, (plan) => {
      const translator = new SequenceTranslator();
      let number = 1000;
      const sequence = plan.map((packet, index) => {
        number += 1 + packet.jump;
        return { ...packet, number, at: index + packet.lateness };
      });
      const arrivals = sequence.filter(({ isLost }) => !isLost).sort((a, b) => a.at - b.at || a.number - b.number);
      const used = new Map<number, number>();
      let segment = -1;
      for (const [index, { isKept, number, begins }] of arrivals.entries()) {
        if (index === 0 || (begins && !translator.isLate(number))) {
          translator.begin(number);
          segment = number;
        }
        const isLate = translator.isLate(number);
        const highest = translator.highestSent;
        const sent = isKept ? translator.translate(number) : translator.leaveOut(number);
        if (number < segment) assert.equal(sent, -1);
        if (sent === -1) continue;
        assert.ok(!used.has(sent), `${sent} was used for ${used.get(sent)} and ${number}`);
        used.set(sent, number);
        if (!isLate && highest >= 0) assert.ok(sent > highest && sent - highest <= MAX_SEQUENCE_GAP + 1);
      }
      const inOrder = [...used].sort(([a], [b]) => a - b);
      for (const [at, [, received]] of inOrder.entries()) {
        const next = inOrder[at + 1];
        if (next !== undefined) assert.ok(received < next[1], "the order of numbers is the order of packets");
      }
    }),
    { numRuns: 500 },
  );
});

test("without losses there are no gaps at all (property)", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 400 }), (isKept) => {
      const translator = begun(70_000);
      const sent = isKept.flatMap((kept, index) => {
        const number = kept ? translator.translate(70_000 + index) : translator.leaveOut(70_000 + index);
        return number === -1 ? [] : [number];
      });
      assert.deepEqual(
        sent,
        sent.map((_, index) => (70_000 & 0x7fff) + index),
      );
    }),
  );
});
