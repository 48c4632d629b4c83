import assert from "node:assert/strict";
import { test } from "node:test";
import { borrowNativeMemory, returnNativeMemory } from "./memory-shelf.js";

/** Nobody else here borrows of this size. */
const SIZE = 4_321;

test("what is given back is lent again, as zeros; until then it is nobody else's", () => {
  const first = borrowNativeMemory(SIZE);
  first.bytes.fill(7);
  const second = borrowNativeMemory(SIZE);
  assert.notEqual(second.address, first.address);
  returnNativeMemory(first);
  assert.notEqual(borrowNativeMemory(SIZE + 1).address, first.address);
  const again = borrowNativeMemory(SIZE);
  assert.equal(again.address, first.address);
  assert.ok(again.bytes.every((byte) => byte === 0));
  assert.notEqual(borrowNativeMemory(SIZE).address, first.address);
});

test("nobody gives back twice", () => {
  const memory = borrowNativeMemory(SIZE);
  returnNativeMemory(memory);
  assert.throws(() => returnNativeMemory(memory), /twice/);
});
