import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandomIds } from "./random-ids.js";

test("no id twice, each of its length, beyond what is fetched at a time", () => {
  const randomHex = createRandomIds();
  const ids = Array.from({ length: 2_000 }, (_, index) => randomHex(index % 3 === 0 ? 16 : 8));
  assert.equal(new Set(ids).size, ids.length);
  for (const [index, id] of ids.entries()) assert.match(id, index % 3 === 0 ? /^[0-9a-f]{32}$/ : /^[0-9a-f]{16}$/);
});
