import assert from "node:assert/strict";
import { test } from "node:test";
import { ReconnectDelay } from "./reconnect-delay.js";

test("delays double to a limit, half of them is chance, and a good connection makes the next one short", () => {
  const delay = new ReconnectDelay();
  const longest = Array.from({ length: 8 }, () => delay.afterFailure(0, 1));
  assert.deepEqual(longest, [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  for (let count = 0; count < 2_000; count++) assert.equal(delay.afterFailure(4_999, 0), 2_500);
  assert.equal(delay.afterFailure(5_000, 0), 50);
});
