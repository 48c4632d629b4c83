import assert from "node:assert/strict";
import { test } from "node:test";
import { after, type Instant, instant } from "../time/instant.js";
import { Retransmission } from "./retransmission.js";
import { RetransmissionBudget } from "./retransmission-budget.js";
import { RETRANSMISSION } from "./retransmission-limits.js";
import { SentPacketLog } from "./sent-packet-log.js";

const t0 = instant(5_000_000);
const TTL_MS = RETRANSMISSION.defaultTtlMs;

/** A Consumer that has sent 100 packets of 1,000 bytes at `t0`; `held` says which of them are still here. */
function openConsumer(roundTripMs: number | undefined, held: (sent: number) => boolean = () => true) {
  const log = new SentPacketLog(128);
  for (let sent = 0; sent < 100; sent++) log.remember(sent, sent, 0, t0 / 1000);
  const resent: number[] = [];
  const consumer = {
    log,
    roundTripMs,
    outlet: { retransmissionTtlMs: TTL_MS, retransmissionBudget: { take: () => true, handleResent: () => undefined } },
    highestSent: 99,
    extendSent: (sequenceNumber: number) => sequenceNumber,
    sizeOfSent: (sent: number) => (held(sent) ? 1000 : -1),
    resend: (sent: number) => resent.push(sent) > 0,
  };
  const retransmission = new Retransmission(consumer);
  const nack = (lost: readonly number[], now: Instant) => {
    resent.length = 0;
    const needsKeyFrame = retransmission.handleNack(lost, now);
    return { resent: [...resent], needsKeyFrame };
  };
  return { nack, retransmission, consumer, log };
}

test("a packet is not sent again within one round trip", () => {
  const { nack } = openConsumer(40);
  const first = after(t0, 50);
  assert.deepEqual(nack([7], first).resent, [7]);
  assert.deepEqual(nack([7, 8], after(first, 39)).resent, [8]);
  assert.deepEqual(nack([7], after(first, 40)).resent, [7]);
});

test("a packet older than its time to live beyond a round trip is not sent again; a key frame is due", () => {
  const { nack, retransmission } = openConsumer(40);
  assert.deepEqual(nack([7], after(t0, 40 + TTL_MS)), { resent: [7], needsKeyFrame: false });
  assert.deepEqual(nack([8], after(t0, 41 + TTL_MS)), { resent: [], needsKeyFrame: true });
  assert.equal(retransmission.missed, 1);
});

test("on a long path the second request still finds its packet", () => {
  const { nack } = openConsumer(300);
  assert.deepEqual(nack([7], after(t0, 2 * 300 + 20)).resent, [7]);
  assert.deepEqual(nack([8], after(t0, 300 + 2 * TTL_MS + 1)).resent, []);
});

test("before the first report the round trip counts as 100 ms", () => {
  const { nack } = openConsumer(undefined);
  assert.deepEqual(nack([7], after(t0, 100 + TTL_MS)).resent, [7]);
  assert.deepEqual(nack([8], after(t0, 101 + TTL_MS)).resent, []);
});

test("a packet is sent again a bounded number of times", () => {
  const { nack, retransmission } = openConsumer(10);
  let count = 0;
  for (let ms = 0; ms <= TTL_MS; ms += 10) count += nack([7], after(t0, ms)).resent.length;
  assert.equal(count, RETRANSMISSION.maxResendings);
  assert.equal(retransmission.retransmitted, RETRANSMISSION.maxResendings);
  assert.equal(retransmission.retransmittedBytes, 1000 * RETRANSMISSION.maxResendings);
});

test("what is not held any more wants a key frame, unless one was sent since", () => {
  const { nack, retransmission } = openConsumer(40, (sent) => sent >= 50);
  assert.deepEqual(nack([49, 50], t0), { resent: [50], needsKeyFrame: true });
  retransmission.handleKeyFrameSent(60);
  assert.deepEqual(nack([49, 61], t0), { resent: [61], needsKeyFrame: false });
});

test("what never came here is neither sent nor missed: it is being asked for upstream", () => {
  const { nack, retransmission, consumer } = openConsumer(40);
  consumer.highestSent = 110;
  assert.deepEqual(nack([105], t0), { resent: [], needsKeyFrame: false });
  assert.equal(retransmission.missed, 0);
});

test("numbers that were never sent, or so long ago that they are forgotten, cost nothing", () => {
  const { nack, consumer } = openConsumer(40);
  assert.deepEqual(nack([100, 30_000, -1], t0), { resent: [], needsKeyFrame: false });
  consumer.highestSent = 400;
  assert.deepEqual(nack([7], t0), { resent: [], needsKeyFrame: true });
});

test("after a PLI nothing is sent again until the key frame is out, and nothing older ever", () => {
  const { nack, retransmission, consumer, log } = openConsumer(40);
  retransmission.handleKeyFrameRequest(t0);
  assert.deepEqual(nack([7, 8, 9], after(t0, 50)), { resent: [], needsKeyFrame: false });
  assert.equal(retransmission.refused, 3);
  log.remember(100, 100, 0, t0 / 1000 + 60);
  consumer.highestSent = 100;
  retransmission.handleKeyFrameSent(100);
  assert.deepEqual(nack([99, 100], after(t0, 70)).resent, [100]);
});

test("a PLI soon after a key frame does not stop the key frame's own packets", () => {
  const { nack, retransmission } = openConsumer(40);
  retransmission.handleKeyFrameSent(60);
  retransmission.handleKeyFrameRequest(after(t0, 40 + TTL_MS));
  assert.deepEqual(nack([59, 60, 61], after(t0, 40 + TTL_MS)).resent, [60, 61]);
});

test("a PLI that no key frame follows stops resending for a second", () => {
  const { nack, retransmission, log } = openConsumer(40);
  retransmission.handleKeyFrameRequest(t0);
  const later = after(t0, RETRANSMISSION.keyFrameGuardMs);
  log.remember(7, 7, 0, later / 1000);
  assert.deepEqual(nack([7], after(later, -1)).resent, []);
  assert.deepEqual(nack([7], later).resent, [7]);
});

test("attack 19: a receiver that claims a round trip of nothing gains little", () => {
  const { nack } = openConsumer(0);
  assert.deepEqual(nack([7], t0).resent, [7]);
  assert.deepEqual(nack([7], after(t0, RETRANSMISSION.minIntervalMs - 1)).resent, []);
});

test("attack 19: NACKs get no more than was sent for the first time, and a little to begin with", () => {
  const sent = { bytesSent: 0 };
  const budget = new RetransmissionBudget(sent);
  const takeAll = (now: Instant) => {
    let taken = 0;
    while (budget.take(1000, now)) {
      taken += 1050;
      sent.bytesSent += 1050;
      budget.handleResent();
    }
    return taken;
  };
  let taken = takeAll(t0);
  sent.bytesSent += 50_000;
  taken += takeAll(after(t0, 1000));
  const allowed = RETRANSMISSION.freeBytes + 50_000;
  assert.ok(Math.abs(taken - allowed) <= 1050, `${taken}: what was sent again counts as it was on the wire, and not as sent`);
  assert.equal(takeAll(after(t0, 2000)), 0);
});

test("attack 19: NACKs get no more than the bytes of a second, however much is sent", () => {
  const sent = { bytesSent: 0 };
  const budget = new RetransmissionBudget(sent);
  let taken = 0;
  for (let ms = 0; ms < 10_000; ms += 10) {
    sent.bytesSent += 100_000;
    while (budget.take(1000, after(t0, ms))) {
      taken += 1000;
      sent.bytesSent += 1000;
      budget.handleResent();
    }
  }
  const { maxBytesPerSecond, maxBurstBytes } = RETRANSMISSION;
  assert.ok(taken <= 10 * maxBytesPerSecond + maxBurstBytes && taken > 9 * maxBytesPerSecond, `${taken} bytes`);
});
