import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type MediaPlan, membersOf, totalsOf } from "./media-plan.js";
import { readStamp, STAMP_BYTES, writeStamp } from "./send-stamp.js";

test("the processes have everybody between them, nobody twice, and equal shares; every room has the same", () => {
  const few = fc.integer({ min: 0, max: 6 });
  const shape = fc.record({
    rooms: fc.integer({ min: 1, max: 5 }),
    videoPublishers: few,
    audioPublishers: few,
    subscribers: few,
  });
  fc.assert(
    fc.property(shape, fc.integer({ min: 1, max: 4 }), (counts, processes) => {
      const plan = { ...counts, processes, roomPrefix: "r", sampleEvery: 2 } as MediaPlan;
      const { publishers, subscribers } = totalsOf(plan);
      for (const [isPublishing, total] of [
        [true, publishers],
        [false, subscribers],
      ] as const) {
        const shares = Array.from({ length: processes }, (_, index) => membersOf(plan, index, isPublishing));
        const names = shares.flat().map(({ room, identity }) => `${room} ${identity}`);
        assert.deepEqual([names.length, new Set(names).size], [total, total]);
        const sizes = shares.map(({ length }) => length);
        assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
        for (let room = 0; room < counts.rooms; room++)
          assert.equal(names.filter((name) => name.startsWith(`r-${room} `)).length, total / counts.rooms);
      }
    }),
  );
});

test("a stamp is read where it was written, and nowhere else", () => {
  fc.assert(
    fc.property(fc.integer({ min: STAMP_BYTES, max: 100 }), fc.double({ min: 0, max: 1e15, noNaN: true }), (end, us) => {
      const view = new DataView(new ArrayBuffer(100));
      assert.equal(readStamp(view, end), undefined);
      writeStamp(view, end, us);
      assert.equal(readStamp(view, end), us);
      for (const other of [end - 1, end + 1, 0, 101]) assert.equal(readStamp(view, other), undefined);
    }),
  );
});
