import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ArrivalSchedule } from "./arrival-schedule.js";

function takeAll(schedule: ArrivalSchedule, nowMs: number): number[] {
  const taken: number[] = [];
  for (let due = schedule.takeDue(nowMs); due !== undefined; due = schedule.takeDue(nowMs)) taken.push(due);
  return taken;
}

test("who comes late finds every moment that has passed, unchanged", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1_000), { maxLength: 50 }), fc.integer({ min: 1, max: 2_000 }), (pauses, rate) => {
      const late = new ArrivalSchedule(100, rate);
      const prompt = new ArrivalSchedule(100, rate);
      let nowMs = 100;
      const found: number[] = [];
      for (const pause of pauses) {
        nowMs += pause;
        found.push(...takeAll(late, nowMs));
      }
      found.push(...takeAll(late, nowMs));
      assert.deepEqual(found, takeAll(prompt, nowMs));
      assert.ok(found.length <= ((nowMs - 100) * rate) / 1_000 + 1.001);
    }),
  );
});

test("300 a second are 600 in two, and no more than there are", () => {
  assert.equal(takeAll(new ArrivalSchedule(0, 300), 1_999).length, 600);
  const few = new ArrivalSchedule(0, 300, 7);
  assert.equal(takeAll(few, 60_000).length, 7);
  assert.equal(few.nextMs, undefined);
  assert.equal(new ArrivalSchedule(0, 0).nextMs, undefined);
});
