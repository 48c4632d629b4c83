import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { UsageError } from "../../usage-error.js";
import { MixSequence, OPERATIONS, parseMix } from "./mix.js";

test("a mix is read as it is written", () => {
  assert.deepEqual(
    [...parseMix("join=1,signal=5")],
    [
      ["join", 1],
      ["signal", 5],
    ],
  );
  assert.deepEqual([...parseMix("ping")], [["ping", 1]]);
  for (const wrong of ["", "join=", "join=-1", "join=1.5", "fly=1", "join=1,join=2", "join=0", "join=9999999", "join 1"])
    assert.throws(() => parseMix(wrong), UsageError, wrong);
});

test("any text is a mix or a usage error", () => {
  const part = fc
    .tuple(fc.constantFrom(...OPERATIONS, "", "x"), fc.constantFrom("", "=", "=3", "=0", ","))
    .map((both) => both.join(""));
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(part).map((parts) => parts.join(",")),
      ),
      (text) => {
        try {
          assert.ok(parseMix(text).size > 0);
        } catch (error) {
          assert.ok(error instanceof UsageError);
        }
      },
    ),
  );
});

test("each occurs as often as its share says, and is never far behind", () => {
  const weights = fc.array(fc.nat(20), { minLength: OPERATIONS.length, maxLength: OPERATIONS.length });
  fc.assert(
    fc.property(
      weights.filter((each) => each.some((weight) => weight > 0)),
      (each) => {
        const mix = new Map(OPERATIONS.map((operation, index) => [operation, each[index] ?? 0]));
        const total = each.reduce((sum, weight) => sum + weight, 0);
        const sequence = new MixSequence(mix);
        const counts = new Map<string, number>();
        for (let turn = 1; turn <= 3 * total; turn++) {
          const operation = sequence.next();
          counts.set(operation, (counts.get(operation) ?? 0) + 1);
          for (const [name, weight] of mix) assert.ok((counts.get(name) ?? 0) > (turn * weight) / total - each.length);
        }
        for (const [name, weight] of mix) assert.equal(counts.get(name) ?? 0, 3 * weight);
      },
    ),
  );
});
