import assert from "node:assert/strict";
import { test } from "node:test";
import { after, instant } from "@sluice/media";
import { SluiceError } from "@sluice/protocol";
import { DataBudget } from "./data-budget.js";

const t0 = instant(0);
const rates = { messagesPerSecond: 10, bytesPerSecond: 1_000 };

function passed(budget: DataBudget, messages: number, bytes: number, ms: number): number {
  let count = 0;
  for (let at = 0; at < messages; at++) {
    try {
      budget.check("test:", after(t0, ms));
      budget.charge(1, bytes);
      count += 1;
    } catch (error) {
      assert.ok(error instanceof SluiceError && error.code === "resourceExhausted");
    }
  }
  return count;
}

test("[RM57] a second's worth of messages may come at once, then as many as the rate allows", () => {
  const budget = new DataBudget(rates);
  assert.equal(passed(budget, 100, 1, 0), 10);
  assert.equal(passed(budget, 100, 1, 500), 5);
  assert.equal(passed(budget, 100, 1, 60_000), 10, "what was not used is not saved up");
});

test("[RM57] bytes count like messages; a message larger than the burst passes, and its debt is paid before the next", () => {
  const budget = new DataBudget(rates);
  assert.equal(passed(budget, 5, 400, 0), 3);
  assert.equal(passed(new DataBudget(rates), 5, 3_000, 0), 1);
  const large = new DataBudget(rates);
  assert.deepEqual([passed(large, 1, 3_000, 0), passed(large, 1, 1, 1_900), passed(large, 1, 1, 2_100)], [1, 0, 1]);
});
