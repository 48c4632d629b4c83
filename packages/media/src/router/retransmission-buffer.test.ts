import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SLOT_BYTES } from "../bytes/packet-memory.js";
import { PacketPool } from "../bytes/packet-pool.js";
import { RetransmissionBuffer } from "./retransmission-buffer.js";

function fixture(slots: number, capacity: number) {
  const pool = new PacketPool(0, slots * SLOT_BYTES);
  return { pool, buffer: new RetransmissionBuffer(pool, capacity) };
}

test("keeps a packet's own slot and gives it back when it is overwritten", () => {
  const { pool, buffer } = fixture(8, 4);
  for (let n = 0; n < 6; n++) assert.ok(buffer.insert(n, pool.take(), 100 + n, n));
  assert.equal(buffer.count, 4);
  assert.equal(pool.available, 4);
  assert.equal(buffer.offsetOf(1), -1);
  assert.notEqual(buffer.offsetOf(5), -1);
  assert.equal(buffer.sizeOf(5), 105);
});

test("refuses duplicates and packets too old to fit, and leaves their slots alone", () => {
  const { pool, buffer } = fixture(8, 4);
  assert.ok(buffer.insert(100, pool.take(), 1, 0));
  assert.equal(buffer.insert(100, 0, 1, 0), false);
  assert.equal(buffer.insert(96, 0, 1, 0), false);
  assert.ok(buffer.insert(98, pool.take(), 1, 0));
});

test("[RFC3711 §9.1] takes no number twice, not even when its slot has been given back", () => {
  const { pool, buffer } = fixture(8, 4);
  for (const n of [10, 11]) assert.ok(buffer.insert(n, pool.take(), 1, n));
  buffer.releaseOlderThan(100);
  assert.equal(buffer.count, 0);
  for (const n of [7, 10, 11]) assert.equal(buffer.insert(n, 0, 1, 200), false);
  assert.ok(buffer.insert(9, pool.take(), 1, 200));
});

test("attack 20: a jump gives back everything it leaves behind", () => {
  const { pool, buffer } = fixture(16, 8);
  for (let n = 0; n < 8; n++) buffer.insert(n, pool.take(), 1, 0);
  assert.ok(buffer.insert(32_768, pool.take(), 1, 0));
  assert.equal(buffer.count, 1);
  assert.equal(pool.available, pool.capacity - 1);
});

test("takes nothing once it is closed", () => {
  const { pool, buffer } = fixture(8, 4);
  buffer.insert(1, pool.take(), 1, 0);
  buffer.close();
  assert.equal(pool.available, pool.capacity);
  assert.equal(buffer.insert(2, 0, 1, 0), false);
});

test("releases by age, oldest first, and stops at the first young one", () => {
  const { pool, buffer } = fixture(8, 8);
  for (let n = 0; n < 5; n++) buffer.insert(n, pool.take(), 1, n * 100);
  buffer.releaseOlderThan(250);
  assert.equal(buffer.count, 2);
  assert.equal(buffer.offsetOf(2), -1);
  assert.notEqual(buffer.offsetOf(3), -1);
});

test("the pool never loses a slot whatever is inserted, expired or reclaimed (property)", () => {
  const step = fc.oneof(
    fc.record({ type: fc.constant("insert" as const), jump: fc.integer({ min: -20, max: 300 }) }),
    fc.record({ type: fc.constant("expire" as const), jump: fc.integer({ min: 0, max: 50 }) }),
    fc.record({ type: fc.constant("reclaim" as const), jump: fc.constant(0) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const taken = new Set<number>();
      const { pool, buffer } = fixture(32, 16);
      let sequenceNumber = 1000;
      for (const [nowMs, { type, jump }] of steps.entries()) {
        if (type === "insert") {
          sequenceNumber = Math.max(0, sequenceNumber + jump);
          const slot = pool.take();
          const isTaken = buffer.insert(sequenceNumber, slot, 1, nowMs);
          assert.ok(!(isTaken && taken.has(sequenceNumber)), `${sequenceNumber} was taken twice`);
          if (isTaken) taken.add(sequenceNumber);
          else pool.release(slot);
        } else if (type === "expire") buffer.releaseOlderThan(nowMs - jump);
        else buffer.reclaimHalf();
        assert.equal(pool.available, pool.capacity - buffer.count);
      }
      buffer.close();
      assert.equal(pool.available, pool.capacity);
    }),
  );
});
