import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { REPLAY_WINDOW_PACKETS, ReplayWindow } from "./replay-window.js";

/** The same, as a set of everything ever accepted. */
class WindowModel {
  readonly #accepted = new Set<number>();
  #highest = -1;

  isReplayed(index: number): boolean {
    return this.#accepted.has(index) || index <= this.#highest - REPLAY_WINDOW_PACKETS;
  }

  accept(index: number): void {
    this.#accepted.add(index);
    this.#highest = Math.max(this.#highest, index);
  }
}

test("[RFC3711 §3.3.2] says the same as a set, for any walk of indexes", () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: -4, max: 4 }) },
    { weight: 3, arbitrary: fc.integer({ min: -140, max: 140 }) },
    { weight: 1, arbitrary: fc.integer({ min: -1000, max: 40_000 }) },
  );
  const start = fc.oneof(
    fc.nat(300),
    fc.nat(2 ** 31 - 1),
    fc.integer({ min: 2 ** 31 - 200, max: 2 ** 33 }),
    fc.constant(2 ** 47),
  );
  fc.assert(
    fc.property(start, fc.array(step, { maxLength: 400 }), (first, steps) => {
      const window = new ReplayWindow();
      const model = new WindowModel();
      let index = first;
      for (const step of steps) {
        index = Math.max(0, index + step);
        assert.equal(window.isReplayed(index), model.isReplayed(index), `index ${index}`);
        if (model.isReplayed(index)) continue;
        window.accept(index);
        model.accept(index);
      }
    }),
    { numRuns: 500 },
  );
});

test("the window is 128 packets wide, the highest counted", () => {
  const window = new ReplayWindow();
  window.accept(1000);
  assert.equal(window.isReplayed(1000 - 127), false);
  assert.equal(window.isReplayed(1000 - 128), true);
  assert.equal(window.isReplayed(1000), true);
  assert.equal(window.isReplayed(1001), false);
  assert.equal(window.highest, 1000);
});

test("asking moves nothing", () => {
  const window = new ReplayWindow();
  assert.equal(window.isReplayed(5_000_000), false);
  assert.equal(window.highest, -1);
  window.accept(0);
  assert.equal(window.isReplayed(0), true);
});
