import assert from "node:assert/strict";
import { test } from "node:test";
import { drawAt, hashKey } from "./key-hash.js";

test("a key lies where it always did, or nodes of two versions would disagree", () => {
  assert.equal(hashKey("123456789"), 3_900_186_531);
  assert.equal(hashKey(""), 0);
  assert.equal(hashKey("raum-ü"), 3_772_717_596);
  assert.equal(drawAt(hashKey("123456789"), 12_345), 0.238_930_561_114_102_6);
});

test("draws are even, and those at two points have nothing to do with each other, near the key or not", () => {
  const cells = new Uint32Array(100);
  const count = 100_000;
  for (let room = 0; room < count; room++) {
    const keyHash = hashKey(`room-${room}`);
    const [one, other] = [drawAt(keyHash, (keyHash + 1_000 + (room % 7)) >>> 0), drawAt(keyHash, hashKey("node-1#0"))];
    assert.ok(one >= 0 && one < 1);
    const cell = Math.floor(one * 10) * 10 + Math.floor(other * 10);
    cells[cell] = (cells[cell] ?? 0) + 1;
  }
  // 1,000 in each, with a standard deviation of 31.
  assert.ok(
    cells.every((cell) => cell > 850 && cell < 1_150),
    cells.join(" "),
  );
});
