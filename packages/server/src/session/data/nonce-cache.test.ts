import assert from "node:assert/strict";
import { test } from "node:test";
import { NonceCache } from "./nonce-cache.js";

test("[RM116] a nonce is known for the next hundred; without one a message is always new", () => {
  const cache = new NonceCache();
  const nonce = (number: number) => Uint8Array.of(1, number);
  for (let number = 0; number < 100; number++) assert.ok(cache.add(nonce(number)));
  assert.ok(!cache.add(nonce(0)));
  assert.ok(cache.add(nonce(100)));
  assert.ok(!cache.add(nonce(1)));
  assert.ok(cache.add(nonce(0)), "the oldest was forgotten");
  assert.ok(cache.add(new Uint8Array()) && cache.add(new Uint8Array()));
});
