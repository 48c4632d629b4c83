import assert from "node:assert/strict";
import { test } from "node:test";
import { after, instant } from "@sluice/media";
import { SenderClock } from "./sender-clock.js";

const t0 = instant(5_000_000);

test("age is what a message took longer than the fastest, whatever the two clocks say", () => {
  // The sender's session is a million seconds older than ours.
  const clock = new SenderClock(t0);
  const sentAt = (ms: number) => 1_000_000_000 + ms;
  assert.equal(clock.handleArrival(sentAt(0), after(t0, 30)), 0);
  assert.equal(clock.handleArrival(sentAt(100), after(t0, 105)), 0);
  assert.equal(clock.handleArrival(sentAt(200), after(t0, 305)), 100);
  assert.equal(clock.handleArrival(sentAt(150), after(t0, 5_155)), 5_000);
});

test("a sender whose clock stood still is believed again after half a minute", () => {
  const clock = new SenderClock(t0);
  clock.handleArrival(0, t0);
  // Its virtual machine was paused for a minute: its clock lacks it.
  const ages = Array.from({ length: 40 }, (_, second) =>
    clock.handleArrival(1_000 * second, after(t0, 60_000 + 1_000 * second)),
  );
  assert.equal(ages[0], 0);
  const gentle = new SenderClock(t0);
  gentle.handleArrival(0, t0);
  const late = Array.from({ length: 40 }, (_, second) =>
    gentle.handleArrival(1_000 * second, after(t0, 10_000 + 1_000 * second)),
  );
  assert.equal(late[0], 10_000);
  assert.equal(late.at(-1), 0);
});

test("clocks that drift apart do not make messages old", () => {
  const clock = new SenderClock(t0);
  let oldest = 0;
  // 200 ppm, far beyond what crystals do, for a day.
  for (let second = 0; second < 86_400; second += 5) {
    oldest = Math.max(oldest, clock.handleArrival(second * 1_000 * (1 - 0.0002), after(t0, second * 1_000)));
  }
  assert.ok(oldest < 10, `${oldest} ms`);
});
