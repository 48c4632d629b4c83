import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseOptions } from "./options.js";

test("half an hour with a new seed, unless something else is said", () => {
  assert.deepEqual(parseOptions([], 7), { durationMs: 1_800_000, seed: 7, isJson: false });
  assert.deepEqual(parseOptions(["--minutes", "4.5", "--seed=0", "--json"], 7), { durationMs: 270_000, seed: 0, isJson: true });
  assert.equal(parseOptions(["--help"], 7), undefined);
});

test("what makes no sense is refused by its name", () => {
  for (const minutes of ["", "0", "2", "-5", "ten", "1e3", "10081", "Infinity"])
    assert.throws(() => parseOptions([`--minutes=${minutes}`], 7), /^Error: --minutes/);
  for (const seed of ["", "1.5", "-1", "4294967296", "0x10"])
    assert.throws(() => parseOptions([`--seed=${seed}`], 7), /^Error: --seed/);
  assert.throws(() => parseOptions(["--hours", "3"], 7));
  assert.throws(() => parseOptions(["more"], 7));
});

test("any command line is options in their ranges, help, or an Error", () => {
  const word = fc.oneof(fc.constantFrom("--minutes", "--seed", "--json", "--help", "--", "30", "=", "--seed=1"), fc.string());
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), (args) => {
      let options: ReturnType<typeof parseOptions>;
      try {
        options = parseOptions(args, 1);
      } catch (error) {
        assert.ok(error instanceof Error);
        return;
      }
      if (options === undefined) return;
      assert.ok(options.durationMs >= 180_000 && options.durationMs <= 604_800_000);
      assert.ok(Number.isInteger(options.seed) && options.seed >= 0 && options.seed < 2 ** 32);
    }),
  );
});
