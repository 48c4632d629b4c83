import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ReliableSequences } from "./reliable-sequences.js";

test("[RM114] a number passes when it is higher than all before of the same participant, and 0 always", () => {
  const sent = fc.record({ publisherId: fc.constantFrom("PA_1", "PA_2"), sequence: fc.integer({ min: 0, max: 12 }) });
  fc.assert(
    fc.property(fc.array(sent, { maxLength: 40 }), (packets) => {
      const sequences = new ReliableSequences();
      const last = new Map<string, number>();
      for (const { publisherId, sequence } of packets) {
        const highest = last.get(publisherId) ?? 0;
        assert.equal(sequences.accept(publisherId, sequence), sequence === 0 || sequence > highest);
        last.set(publisherId, Math.max(highest, sequence));
        assert.equal(sequences.last(publisherId), last.get(publisherId));
      }
      sequences.handleParticipantClosed("PA_1");
      assert.equal(sequences.last("PA_1"), 0);
      assert.ok(sequences.accept("PA_1", 1));
    }),
    { seed: 20_261_130 },
  );
});
