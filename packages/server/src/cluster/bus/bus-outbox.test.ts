import assert from "node:assert/strict";
import { test } from "node:test";
import { after, type Instant, instant } from "@sluice/media";
import { BUS_LIMITS } from "./bus-limits.js";
import { BusOutbox } from "./bus-outbox.js";
import { roomChannel } from "./channel.js";

const t0 = instant(1_000_000);
const ROOM = roomChannel("r");

function message(number: number, expiresAt: Instant = after(t0, 60_000), sizeBytes = 4) {
  const bytes = Buffer.alloc(sizeBytes);
  bytes.writeUInt32BE(number);
  return { channel: ROOM, bytes, expiresAt };
}

function sendAll(outbox: BusOutbox, now = t0): number[] {
  const sent: number[] = [];
  for (let next = outbox.pollSend(now); next !== undefined; next = outbox.pollSend(now)) {
    sent.push(Buffer.from(next.bytes).readUInt32BE());
  }
  return sent;
}

test("nothing leaves before the connection stands, and what was not confirmed leaves again, in order", () => {
  const outbox = new BusOutbox();
  for (const number of [1, 2, 3]) outbox.push(message(number), t0);
  assert.deepEqual(sendAll(outbox), []);
  outbox.handleConnected();
  assert.deepEqual(sendAll(outbox), [1, 2, 3]);
  outbox.handleAccepted();
  outbox.handleInterrupted();
  outbox.push(message(4), t0);
  outbox.handleConnected();
  assert.deepEqual(sendAll(outbox), [2, 3, 4]);
  assert.equal(outbox.counters.resent, 2);
});

test("so many are in flight at most", () => {
  const outbox = new BusOutbox();
  outbox.handleConnected();
  for (let number = 0; number < BUS_LIMITS.maxInFlight + 1; number++) outbox.push(message(number), t0);
  assert.equal(sendAll(outbox).length, BUS_LIMITS.maxInFlight);
  outbox.handleAccepted();
  assert.deepEqual(sendAll(outbox), [BUS_LIMITS.maxInFlight]);
});

test("when it is full the expired go first, then the oldest, and never what is in flight", () => {
  const outbox = new BusOutbox();
  outbox.handleConnected();
  outbox.push(message(0), t0);
  assert.deepEqual(sendAll(outbox), [0]);
  for (let number = 1; number < BUS_LIMITS.maxOutbox; number++) {
    outbox.push(message(number, after(t0, number === 5 ? 1 : 60_000)), t0);
  }
  const now = after(t0, 10);
  outbox.push(message(10_000), now);
  assert.deepEqual([outbox.counters.expired, outbox.counters.overflowed], [1, 0]);
  outbox.push(message(10_001), now);
  assert.deepEqual([outbox.counters.expired, outbox.counters.overflowed], [1, 1]);
  outbox.handleInterrupted();
  outbox.handleConnected();
  assert.deepEqual(sendAll(outbox, now).slice(0, 5), [0, 2, 3, 4, 6]);
});

test("bytes are bounded as messages are", () => {
  const outbox = new BusOutbox();
  for (let number = 0; number < 200; number++) outbox.push(message(number, undefined, 262_144), t0);
  assert.ok(outbox.sizeBytes <= BUS_LIMITS.maxOutboxBytes);
  assert.equal(outbox.count, BUS_LIMITS.maxOutboxBytes / 262_144);
});

test("a channel whose last message was dropped is named once, when nothing else waits", () => {
  const outbox = new BusOutbox();
  outbox.push(message(1, after(t0, 1)), t0);
  const now = after(t0, 5);
  outbox.push({ ...message(2), channel: roomChannel("other") }, now);
  outbox.handleConnected();
  assert.equal(outbox.pollSilenced(), undefined);
  assert.deepEqual(sendAll(outbox, now), [2]);
  assert.equal(outbox.pollSilenced(), ROOM);
  assert.equal(outbox.pollSilenced(), undefined);
});
