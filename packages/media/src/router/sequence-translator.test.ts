import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SequenceTranslator } from "./sequence-translator.js";

test("starts below 2^15 whatever the Producer's number is, so the receiver's rollover counter starts at 0", () => {
  const translator = new SequenceTranslator();
  translator.begin(200_000);
  const sent = translator.translate(200_000);
  assert.equal(sent, 200_000 & 0x7fff);
  assert.equal(translator.receivedFor(sent), 200_000);
});

test("goes on without a gap after a pause and still finds what was sent before it", () => {
  const translator = new SequenceTranslator();
  translator.begin(10);
  assert.deepEqual(
    [10, 11, 12].map((n) => translator.translate(n)),
    [10, 11, 12],
  );
  translator.begin(500);
  assert.deepEqual(
    [500, 501].map((n) => translator.translate(n)),
    [13, 14],
  );
  assert.equal(translator.receivedFor(12), 12);
  assert.equal(translator.receivedFor(13), 500);
});

test("refuses packets from before the current segment", () => {
  const translator = new SequenceTranslator();
  assert.equal(translator.translate(5), -1);
  translator.begin(100);
  assert.equal(translator.translate(99), -1);
});

test("extends a 16-bit number to the nearest sent one across the wrap", () => {
  const translator = new SequenceTranslator();
  assert.equal(translator.extend(3), -1);
  translator.begin(32_000);
  for (let n = 32_000; n < 70_000; n++) translator.translate(n);
  assert.equal(translator.extend(65_535), 65_535);
  assert.equal(translator.extend(69_000 & 0xffff), 69_000);
});

test("never sends one number for two packets, and maps each back (property)", () => {
  const run = fc.array(fc.record({ gap: fc.integer({ min: 0, max: 70_000 }), length: fc.integer({ min: 1, max: 20 }) }), {
    minLength: 1,
    maxLength: 14,
  });
  fc.assert(
    fc.property(run, (segments) => {
      const translator = new SequenceTranslator();
      const sentFor = new Map<number, number>();
      let received = 0;
      for (const { gap, length } of segments) {
        received += gap;
        translator.begin(received);
        for (let index = 0; index < length; index++) {
          const sent = translator.translate(received);
          assert.ok(!sentFor.has(sent));
          sentFor.set(sent, received++);
        }
      }
      for (const [sent, original] of sentFor) assert.equal(translator.receivedFor(sent), original);
    }),
  );
});
