import assert from "node:assert/strict";
import { test } from "node:test";
import koffi from "koffi";
import { assertInside, createNativeMemory } from "./native-memory.js";

test("the memory is zeros, and native code finds every byte at address + offset", () => {
  const memory = createNativeMemory(10_000);
  assert.equal(memory.bytes.length, 10_000);
  assert.ok(memory.bytes.every((byte) => byte === 0));
  for (const offset of [0, 1, 9_999]) {
    memory.bytes[offset] = 0xa5;
    assert.equal(memory.view.getUint8(offset), 0xa5);
    assert.equal(koffi.decode(BigInt(memory.address + offset), "uint8_t"), 0xa5);
  }
});

test("slice copies, as the core expects of a Uint8Array and a Buffer would not", () => {
  const { bytes } = createNativeMemory(64);
  const copy = bytes.slice(0, 8);
  bytes.fill(1);
  assert.deepEqual(copy, new Uint8Array(8));
});

test("a range that is not inside the memory is refused", () => {
  const memory = createNativeMemory(64);
  assertInside(memory, 0, 64);
  for (const [offset, length] of [
    [-1, 1],
    [0, -1],
    [64, 1],
    [Number.NaN, 1],
    [0, Number.POSITIVE_INFINITY],
  ] as const) {
    assert.throws(() => assertInside(memory, offset, length), RangeError);
  }
});
