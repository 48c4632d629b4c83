import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { createRandomId } from "./random-id.js";

test("ids have their prefix and 12 characters, and do not repeat", () => {
  const randomId = createRandomId(randomBytes);
  const ids = new Set(Array.from({ length: 1_000 }, () => randomId("TR_")));
  assert.equal(ids.size, 1_000);
  for (const id of ids) assert.match(id, /^TR_[0-9A-Za-z]{12}$/);
});

test("bytes that would favour some characters are passed over", () => {
  let calls = 0;
  const randomId = createRandomId((size) => new Uint8Array(size).fill(calls++ === 0 ? 255 : 0));
  assert.equal(randomId("PA_"), "PA_000000000000");
  assert.equal(calls, 2);
});
