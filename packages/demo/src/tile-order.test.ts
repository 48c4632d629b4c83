import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseTiles } from "./tile-order.js";

test("everybody has a tile as long as there is room", () => {
  assert.deepEqual(chooseTiles(["me", "a", "b"], new Map(), 3), ["me", "a", "b"]);
});

test("the last place is kept for how many more there are", () => {
  assert.deepEqual(chooseTiles(["me", "a", "b", "c"], new Map(), 3), ["me", "a"]);
});

test("who speaks takes the place of the most silent, and never mine", () => {
  const spokeMs = new Map([
    ["a", 10],
    ["d", 20],
  ]);
  assert.deepEqual(chooseTiles(["me", "a", "b", "c", "d"], spokeMs, 4), ["me", "a", "d"]);
});
