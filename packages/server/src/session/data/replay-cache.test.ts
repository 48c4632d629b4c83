import assert from "node:assert/strict";
import { test } from "node:test";
import { after, instant } from "@sluice/media";
import fc from "fast-check";
import { DataMessage } from "./data-message.js";
import { type CachedPacket, ReplayCache } from "./replay-cache.js";

const t0 = instant(0);

function packet(publisherId: string, sequence: number, more: Partial<CachedPacket> = {}): CachedPacket {
  const message = new DataMessage({ isReliable: true, plain: undefined, createPacket: () => new Uint8Array(1) });
  return { publisherId, sequence, message, sizeBytes: 1, receiverIds: ["PA_bob"], ...more };
}

test("[RM118] what somebody has missed is what it was sent and does not have, of every publisher, in order", () => {
  const cache = new ReplayCache();
  const packets = [packet("PA_ann", 1), packet("PA_cat", 5), packet("PA_ann", 2), packet("PA_cat", 6)];
  for (const each of packets) cache.add(each, t0);
  const [, , second, sixth] = packets.map(({ message }) => message);
  const states = [
    { publisherId: "PA_ann", lastSequence: 1 },
    { publisherId: "PA_cat", lastSequence: 5 },
    { publisherId: "PA_gone", lastSequence: 9 },
  ];
  assert.deepEqual(cache.missedBy("PA_bob", states, "TP_2", t0), [second, sixth]);
  assert.deepEqual(cache.missedBy("PA_dan", states, "TP_2", t0), []);
});

test("[RM118] of a publisher that it does not name it has missed what went to another Transport", () => {
  const cache = new ReplayCache();
  const [lost, given] = [packet("PA_ann", 1), packet("PA_ann", 2)];
  lost.message.handleHanded(["TP_1", "TP_9"]);
  given.message.handleHanded(["TP_2"]);
  for (const each of [lost, given]) cache.add(each, t0);
  assert.deepEqual(cache.missedBy("PA_bob", [], "TP_2", t0), [lost.message]);
  assert.deepEqual(cache.missedBy("PA_bob", [], undefined, t0), [lost.message, given.message]);
});

test("[RM118] nothing is kept for longer than five seconds, or a second more when nobody asks", () => {
  const cache = new ReplayCache();
  assert.equal(cache.pollTimeout(), undefined);
  cache.add(packet("PA_ann", 1), t0);
  cache.add(packet("PA_ann", 2), after(t0, 500));
  assert.equal(cache.missedBy("PA_bob", [], undefined, after(t0, 4_999)).length, 2);
  assert.equal(cache.missedBy("PA_bob", [], undefined, after(t0, 5_000)).length, 1);
  assert.equal(cache.pollTimeout(), after(t0, 5_000));
  cache.handleTimeout(after(t0, 5_000));
  assert.equal(cache.pollTimeout(), after(t0, 6_000));
  cache.handleTimeout(after(t0, 6_000));
  assert.equal(cache.pollTimeout(), undefined);
});

test("[RM118] a room's packets take 4 MiB at most, whatever is sent: the newest are there", () => {
  const sent = fc.record({
    sizeBytes: fc.integer({ min: 0, max: 65_535 }),
    receivers: fc.integer({ min: 1, max: 3_000 }),
    afterMs: fc.integer({ min: 0, max: 40 }),
  });
  fc.assert(
    fc.property(fc.array(sent, { maxLength: 300 }), (packets) => {
      const cache = new ReplayCache();
      let now = t0;
      for (const [index, { sizeBytes, receivers, afterMs }] of packets.entries()) {
        now = after(now, afterMs);
        const receiverIds = Array.from({ length: receivers }, () => "PA_bob");
        cache.add(packet("PA_ann", index + 1, { sizeBytes, receiverIds }), now);
        cache.handleTimeout(now);
      }
      const kept = cache.missedBy("PA_bob", [], undefined, now).length;
      const newest = packets.slice(packets.length - kept);
      const cost = newest.reduce((sum, { sizeBytes, receivers }) => sum + 2 * sizeBytes + 512 + 16 * receivers, 0);
      assert.ok(cost <= 4_194_304);
      assert.ok(packets.length === 0 || kept > 0);
    }),
    { numRuns: 30, seed: 20_261_130 },
  );
});
