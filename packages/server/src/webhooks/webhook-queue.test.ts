import assert from "node:assert/strict";
import { test } from "node:test";
import { after, instant } from "@sluice/media";
import fc from "fast-check";
import {
  type Delivery,
  MAX_ATTEMPTS,
  MAX_IN_FLIGHT,
  MAX_QUEUED,
  MAX_QUEUED_LENGTH,
  MAX_QUEUED_PER_ROOM,
  WebhookQueue,
} from "./webhook-queue.js";

const t0 = instant(0);
const delivery = (room: string, id: string, body = ""): Delivery => ({ room, event: "participant_joined", id, body });
const ids = (deliveries: readonly Delivery[]) => deliveries.map(({ id }) => id);

test("the next of a room leaves when the one before it was taken; other rooms do not wait", () => {
  const queue = new WebhookQueue();
  const [one, two, other] = [delivery("a", "1"), delivery("a", "2"), delivery("b", "3")];
  for (const each of [one, two, other]) queue.push(each);
  assert.deepEqual(ids(queue.pollDeliveries(t0)), ["1", "3"]);
  assert.deepEqual(ids(queue.pollDeliveries(t0)), []);
  assert.equal(queue.handleOutcome(one, "delivered", t0, 0), "delivered");
  assert.deepEqual(ids(queue.pollDeliveries(t0)), ["2"]);
  queue.handleOutcome(two, "delivered", t0, 0);
  queue.handleOutcome(other, "delivered", t0, 0);
  assert.ok(queue.isEmpty);
  assert.deepEqual(queue.counters, { delivered: 3, retried: 0, dropped: 0 });
});

test("delays double up to 30 s, with half of them left to chance, and what fails 10 times is given up", () => {
  for (const [random, expected] of [
    [0, [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]],
    [1, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]],
  ] as const) {
    const queue = new WebhookQueue();
    const [first, second] = [delivery("a", "1"), delivery("a", "2")];
    queue.push(first);
    queue.push(second);
    const delays: number[] = [];
    let now = t0;
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      assert.deepEqual(ids(queue.pollDeliveries(now)), ["1"]);
      const result = queue.handleOutcome(first, "failed", now, random);
      const due = queue.pollTimeout();
      if (due === undefined) {
        assert.equal(result, "dropped");
        break;
      }
      assert.equal(result, "retried");
      assert.deepEqual(queue.pollDeliveries(instant(due - 1)), [], "not before");
      delays.push((due - now) / 1000);
      now = due;
    }
    assert.deepEqual(delays, expected);
    assert.deepEqual(ids(queue.pollDeliveries(now)), ["2"], "the next one begins anew");
    assert.deepEqual(queue.counters, { delivered: 0, retried: 9, dropped: 1 });
  }
});

test("what is refused is not tried again", () => {
  const queue = new WebhookQueue();
  const one = delivery("a", "1");
  queue.push(one);
  queue.pollDeliveries(t0);
  assert.equal(queue.handleOutcome(one, "refused", t0, 0), "dropped");
  assert.ok(queue.isEmpty && queue.pollTimeout() === undefined);
});

test("a room, the receiver and the memory have bounds; what comes then is dropped and counted", () => {
  const room = new WebhookQueue();
  for (let i = 0; i < MAX_QUEUED_PER_ROOM; i++) assert.ok(room.push(delivery("a", "")));
  assert.ok(!room.push(delivery("a", "")) && room.push(delivery("b", "")));
  assert.equal(room.counters.dropped, 1);
  const all = new WebhookQueue();
  for (let i = 0; i < MAX_QUEUED; i++) assert.ok(all.push(delivery(`room ${i}`, "")));
  assert.ok(!all.push(delivery("one more", "")));
  const long = new WebhookQueue();
  assert.ok(long.push(delivery("a", "", "x".repeat(MAX_QUEUED_LENGTH))));
  assert.ok(!long.push(delivery("b", "", "x")));
});

test("only so many leave at a time, rooms in turns", () => {
  const queue = new WebhookQueue();
  const rooms = Array.from({ length: MAX_IN_FLIGHT + 2 }, (_, index) => `${index}`);
  for (const turn of ["x", "y"]) for (const room of rooms) queue.push(delivery(room, `${room}${turn}`));
  const first = queue.pollDeliveries(t0);
  assert.deepEqual(
    ids(first),
    rooms.slice(0, MAX_IN_FLIGHT).map((room) => `${room}x`),
  );
  for (const each of first.slice(0, 3)) queue.handleOutcome(each, "delivered", t0, 0);
  assert.deepEqual(ids(queue.pollDeliveries(t0)), ["16x", "17x", "0y"]);
});

test("in a hurry nothing waits for its time; abandoned, nothing leaves", () => {
  const queue = new WebhookQueue();
  const one = delivery("a", "1");
  queue.push(one);
  queue.pollDeliveries(t0);
  queue.handleOutcome(one, "failed", t0, 1);
  queue.hurry();
  assert.deepEqual(ids(queue.pollDeliveries(t0)), ["1"]);
  queue.push(delivery("b", "2"));
  assert.equal(queue.abandon(), 2);
  assert.deepEqual(queue.pollDeliveries(t0), []);
  assert.equal(queue.counters.dropped, 2);
});

test("whatever happens, each room is told in order, each event ends once, and nothing is left behind", () => {
  const step = fc.oneof(
    fc.record({ push: fc.constantFrom("a", "b", "c") }),
    fc.record({ end: fc.nat(), outcome: fc.constantFrom("delivered" as const, "failed" as const, "refused" as const) }),
    fc.record({ waitMs: fc.nat(40_000) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.double({ min: 0, max: 1, noNaN: true }), (steps, random) => {
      const queue = new WebhookQueue();
      let now = t0;
      let pushed = 0;
      const inFlight: Delivery[] = [];
      const last = new Map<string, number>();
      const poll = () => {
        for (const each of queue.pollDeliveries(now)) {
          assert.ok(!inFlight.some(({ room }) => room === each.room), "one at a time");
          assert.ok(Number(each.id) >= (last.get(each.room) ?? 0), "in order");
          last.set(each.room, Number(each.id));
          inFlight.push(each);
        }
      };
      const end = (index: number, outcome: "delivered" | "failed" | "refused") => {
        const [each] = inFlight.splice(index % Math.max(1, inFlight.length), 1);
        if (each !== undefined) queue.handleOutcome(each, outcome, now, random);
      };
      for (const each of steps) {
        if ("push" in each) queue.push(delivery(each.push, `${++pushed}`));
        else if ("end" in each) end(each.end, each.outcome);
        else now = after(now, each.waitMs);
        poll();
      }
      for (let turns = 0; !queue.isEmpty; turns++) {
        assert.ok(turns < 10_000);
        while (inFlight.length > 0) end(0, "delivered");
        now = queue.pollTimeout() ?? now;
        poll();
      }
      assert.equal(queue.counters.delivered + queue.counters.dropped, pushed);
      assert.equal(queue.pollTimeout(), undefined);
    }),
  );
});
