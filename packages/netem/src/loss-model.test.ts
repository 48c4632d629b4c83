import assert from "node:assert/strict";
import { test } from "node:test";
import { type Loss, LossModel } from "./loss-model.js";

/** Lengths of the runs of lost datagrams among `count`. */
function lossRuns(loss: Loss, count: number, seed: number): number[] {
  const model = new LossModel(seed);
  model.loss = loss;
  const runs: number[] = [];
  let run = 0;
  for (let datagram = 0; datagram < count; datagram++) {
    if (model.isNextLost()) {
      run++;
    } else if (run > 0) {
      runs.push(run);
      run = 0;
    }
  }
  return runs;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

test("uniform loss has its rate, and runs as long as chance makes them", () => {
  const runs = lossRuns({ kind: "uniform", probability: 0.05 }, 100_000, 1);
  assert.ok(Math.abs(sum(runs) / 100_000 - 0.05) < 0.004);
  assert.ok(Math.abs(sum(runs) / runs.length - 1 / 0.95) < 0.05);
});

test("Gilbert-Elliott loss has the rate and the burst length of its chain", () => {
  const loss: Loss = { kind: "gilbert-elliott", enterBad: 0.01, leaveBad: 0.25, lossInBad: 1, lossInGood: 0 };
  const runs = lossRuns(loss, 200_000, 2);
  assert.ok(Math.abs(sum(runs) / 200_000 - 0.01 / 0.26) < 0.004);
  assert.ok(Math.abs(sum(runs) / runs.length - 4) < 0.3);
});

test("loss in the good state is uniform when the chain never leaves it", () => {
  const loss: Loss = { kind: "gilbert-elliott", enterBad: 0, leaveBad: 1, lossInBad: 1, lossInGood: 0.2 };
  assert.ok(Math.abs(sum(lossRuns(loss, 50_000, 3)) / 50_000 - 0.2) < 0.01);
});
