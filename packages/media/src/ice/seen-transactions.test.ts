import assert from "node:assert/strict";
import { test } from "node:test";
import { SeenTransactions } from "./seen-transactions.js";
import { address } from "./virtual-link.test.js";

const home = address("192.0.2.1");
const elsewhere = address("192.0.2.2");
const id = (first: number) => new Uint8Array(12).fill(first);

test("tells a repeated id from another address, as long as it remembers; the oldest is forgotten first", () => {
  const seen = new SeenTransactions(3);
  for (const first of [1, 2, 3]) assert.equal(seen.isFrom(id(first), home), true);
  assert.equal(seen.isFrom(id(1), home), true);
  assert.equal(seen.isFrom(id(1), elsewhere), false);
  assert.equal(seen.isFrom(id(4), home), true);
  assert.equal(seen.isFrom(id(2), elsewhere), false);
  assert.equal(seen.isFrom(id(1), elsewhere), true, "forgotten when the fourth came");
});
