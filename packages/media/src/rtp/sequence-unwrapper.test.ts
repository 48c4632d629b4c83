import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { extendSequenceNumber, SequenceUnwrapper } from "./sequence-unwrapper.js";

test("follows any walk of steps below 32768, across any number of wraps", () => {
  const steps = fc.array(fc.integer({ min: -300, max: 32_767 }), { maxLength: 200 });
  fc.assert(
    fc.property(fc.nat(0xffff), steps, (first, walk) => {
      const unwrapper = new SequenceUnwrapper();
      assert.equal(unwrapper.unwrap(first), first);
      let highest = first;
      for (const step of walk) {
        const extended = highest + step;
        assert.equal(unwrapper.unwrap(((extended % 0x10000) + 0x10000) % 0x10000), extended);
        highest = Math.max(highest, extended);
      }
      assert.equal(unwrapper.highest, highest);
    }),
  );
});

test("a late packet does not pull the rollover back", () => {
  const unwrapper = new SequenceUnwrapper();
  assert.deepEqual(
    [65_535, 0, 65_534, 1].map((number) => unwrapper.unwrap(number)),
    [65_535, 65_536, 65_534, 65_537],
  );
});

test("[RFC3711 appendix A] exactly 32768 apart stays in the rollover of the reference", () => {
  assert.equal(extendSequenceNumber(0x8000, 0x10000), 0x18000);
  assert.equal(extendSequenceNumber(0, 0x18000), 0x10000);
  assert.equal(extendSequenceNumber(0x8001, 0x10000), 0x8001);
  assert.equal(extendSequenceNumber(0, 0x18001), 0x20000);
});

test("[attack 16] works where 32-bit arithmetic ends", () => {
  const reference = 2 ** 47 + 0xffff;
  assert.equal(extendSequenceNumber(3, reference), reference + 4);
});
