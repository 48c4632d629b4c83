import assert from "node:assert/strict";
import { test } from "node:test";
import { after, type Instant, instant } from "../time/instant.js";
import { FreezeMeter } from "./freeze-meter.js";

const START = instant(5_000_000);

function feed(meter: FreezeMeter, start: Instant, ...intervalsMs: readonly number[]): Instant {
  let now = start;
  for (const intervalMs of intervalsMs) {
    now = after(now, intervalMs);
    meter.handleFrame(now);
  }
  return now;
}

const frames = (count: number, intervalMs: number): number[] => new Array(count).fill(intervalMs);

for (const [name, intervalMs, delayMs, freezes] of [
  ["30 frames a second, 183 ms without one", 33, 183, 0],
  ["30 frames a second, 184 ms without one", 33, 184, 1],
  ["5 frames a second, 600 ms without one", 200, 600, 0],
  ["5 frames a second, 601 ms without one", 200, 601, 1],
  ["a frame a second, 2.9 s without one", 1000, 2900, 0],
] as const) {
  test(`${name}: ${freezes} freezes`, () => {
    const meter = new FreezeMeter();
    const now = feed(meter, START, ...frames(60, intervalMs), delayMs, ...frames(10, intervalMs));
    assert.equal(meter.freezesAt(now), freezes);
    assert.equal(meter.frozenMsAt(now), freezes * delayMs);
  });
}

test("a freeze that lasts counts already, and once only", () => {
  const meter = new FreezeMeter();
  const now = feed(meter, START, ...frames(30, 33));
  assert.equal(meter.freezesAt(after(now, 500)), 1);
  assert.equal(meter.frozenMsAt(after(now, 500)), 500);
  const end = feed(meter, now, 700);
  assert.deepEqual([meter.freezesAt(end), meter.frozenMsAt(end)], [1, 700]);
});

test("a long freeze does not hide the next short one", () => {
  const meter = new FreezeMeter();
  const now = feed(meter, START, ...frames(30, 33), 20_000, ...frames(8, 33), 300);
  assert.equal(meter.freezesAt(now), 2);
});

test("what stops on purpose is not frozen, what was frozen then stays counted", () => {
  const meter = new FreezeMeter();
  let now = feed(meter, START, ...frames(30, 33));
  now = after(now, 400);
  meter.interrupt(now);
  assert.deepEqual([meter.freezesAt(after(now, 60_000)), meter.frozenMsAt(after(now, 60_000))], [1, 400]);
  now = feed(meter, now, 60_000, ...frames(30, 100));
  assert.deepEqual([meter.freezesAt(now), meter.frozenMsAt(now)], [1, 400]);
});

test("nothing is late before there were five frames", () => {
  const meter = new FreezeMeter();
  assert.equal(meter.freezesAt(START), 0);
  const now = feed(meter, START, 33, 33, 5000, 33);
  assert.equal(meter.freezesAt(after(now, 5000)), 0);
});
