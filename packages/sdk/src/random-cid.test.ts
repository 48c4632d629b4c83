import assert from "node:assert/strict";
import { test } from "node:test";
import { randomCid } from "./random-cid.js";

test("names are 32 hexadecimal digits, each another, and need nothing that only https pages have", (t) => {
  Object.defineProperty(crypto, "randomUUID", { value: undefined, configurable: true });
  t.after(() => Reflect.deleteProperty(crypto, "randomUUID"));
  const cids = Array.from({ length: 1_000 }, randomCid);
  for (const cid of cids) assert.match(cid, /^[0-9a-f]{32}$/);
  assert.equal(new Set(cids).size, cids.length);
});
