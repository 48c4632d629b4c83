import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageError } from "../usage-error.js";
import { MAX_TIMER_MS, parseDuration } from "./duration.js";

const DURATIONS: readonly (readonly [text: string, ms: number])[] = [
  ["10s", 10_000],
  ["500ms", 500],
  ["90m", 5_400_000],
  ["6h", 21_600_000],
  ["1h30m", 5_400_000],
  ["1.5s", 1_500],
  ["7", 7_000],
];
for (const [text, ms] of DURATIONS) {
  test(`${text} is ${ms} ms`, () => assert.equal(parseDuration(text, "duration"), ms));
}

for (const text of ["", "0s", "-1s", "s", "10 s", "10x", "1h 30m", "25d", "Infinity", "1e3s", "10s!"]) {
  test(`"${text}" is refused, naming the flag`, () => {
    assert.throws(
      () => parseDuration(text, "duration"),
      (error) => error instanceof UsageError && error.message.includes("--duration"),
    );
  });
}

test("what is longer than a timer can be is a duration where no timer is meant", () => {
  assert.ok(parseDuration("30d", "valid-for", 2 * MAX_TIMER_MS) > MAX_TIMER_MS);
});
