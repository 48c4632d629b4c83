import assert from "node:assert/strict";
import { test } from "node:test";
import { after, instant } from "@sluice/media";
import fc from "fast-check";
import { BusInbox } from "./bus-inbox.js";
import { BUS_LIMITS } from "./bus-limits.js";
import { type BusChannel, roomChannel } from "./channel.js";
import { type Envelope, serializeEnvelope } from "./envelope.js";
import { GapQueue } from "./gap-queue.js";
import { MessageAuthenticator } from "./message-authenticator.js";

const t0 = instant(1_000_000);
const ROOM = roomChannel("stage");
const AUTHENTICATOR = new MessageAuthenticator(["the secret of this cluster, which is long"]);

function setUp() {
  const gaps = new GapQueue();
  return { gaps, inbox: new BusInbox({ nodeId: "me", epoch: 1, authenticator: AUTHENTICATOR, gaps }) };
}

function envelope(fields: Partial<Envelope>): Envelope {
  const payload = new Uint8Array([7]);
  const numbers = { epoch: 1, sequence: 1, previousSequence: 0, sentAtMs: 0, ttlMs: 1_000 };
  return { kind: "message", sender: "ann", ...numbers, channel: ROOM, payload, ...fields };
}

function seal(fields: Partial<Envelope>): Uint8Array {
  return serializeEnvelope(envelope(fields), AUTHENTICATOR);
}

test("a message that was longer on its way than it may is dropped and told, whatever the clocks say", () => {
  const { inbox, gaps } = setUp();
  const sentAtMs = 900_000_000;
  assert.ok(inbox.handleBytes(ROOM, seal({ sentAtMs }), t0));
  const second = { sequence: 2, previousSequence: 1, sentAtMs: sentAtMs + 10 };
  assert.equal(inbox.handleBytes(ROOM, seal(second), after(t0, 1_011)), undefined);
  assert.equal(inbox.counters.expired, 1);
  assert.deepEqual(gaps.pollGaps([]), [{ channel: ROOM, sender: "ann", cause: "dropped" }]);
  const third = { sequence: 3, previousSequence: 2, sentAtMs: sentAtMs + 1_000 };
  // It has 600 of its 1,000 ms left to wait here.
  assert.equal(inbox.handleBytes(ROOM, seal(third), after(t0, 1_400))?.expiresAt, after(t0, 2_000));
  assert.deepEqual(gaps.pollGaps([]), []);
});

test("who comes in the middle of what a sender says is told so", () => {
  const { inbox, gaps } = setUp();
  assert.ok(inbox.handleBytes(ROOM, seal({ sequence: 8, previousSequence: 5 }), t0));
  assert.deepEqual(gaps.pollGaps([]), [{ channel: ROOM, sender: "ann", cause: "missing" }]);
});

test("other channels' numbers are no gaps", () => {
  const { inbox, gaps } = setUp();
  const other = roomChannel("hall");
  assert.ok(inbox.handleBytes(ROOM, seal({ sequence: 1 }), t0));
  assert.ok(inbox.handleBytes(other, seal({ channel: other, sequence: 4 }), t0));
  assert.ok(inbox.handleBytes(ROOM, seal({ sequence: 5, previousSequence: 1 }), t0));
  assert.deepEqual(gaps.pollGaps([]), []);
});

test("a channel that was left and is heard again does not bring back what was heard", () => {
  const { inbox } = setUp();
  const old = seal({ sequence: 3 });
  assert.ok(inbox.handleBytes(ROOM, old, t0));
  inbox.forget(ROOM);
  assert.equal(inbox.handleBytes(ROOM, old, t0), undefined);
  assert.ok(inbox.handleBytes(ROOM, seal({ sequence: 4, previousSequence: 3 }), t0));
  assert.equal(inbox.counters.duplicate, 1);
});

test("sessions of many nodes are remembered, but not of more than there may be", () => {
  const { inbox } = setUp();
  for (let index = 0; index <= BUS_LIMITS.maxSenders; index++)
    inbox.handleBytes(ROOM, seal({ sender: `n${index}`, epoch: 2 }), t0);
  inbox.handleBytes(ROOM, seal({ sender: "n1", epoch: 1, sequence: 9 }), t0);
  assert.equal(inbox.counters.staleEpoch, 1);
  // Of the first the session is forgotten, but not what it said last.
  inbox.handleBytes(ROOM, seal({ sender: "n0", epoch: 1, sequence: 9 }), t0);
  assert.equal(inbox.counters.duplicate, 1);
});

test("whatever is replayed, doubled or out of order, each sender's messages are accepted once and only forward", () => {
  const arrivals = fc.array(
    fc.record({ sender: fc.nat({ max: 2 }), epoch: fc.nat({ max: 2 }), sequence: fc.integer({ min: 1, max: 9 }) }),
  );
  const channels: BusChannel[] = [ROOM, roomChannel("hall")];
  fc.assert(
    fc.property(arrivals, fc.func(fc.nat({ max: 1 })), (list, choose) => {
      const { inbox } = setUp();
      const last = new Map<string, number>();
      const newest = new Map<string, number>();
      for (const { sender, epoch, sequence } of list) {
        const channel = channels[choose(sender, epoch, sequence)] as BusChannel;
        const id = `n${sender}`;
        const fields = { sender: id, epoch, sequence, previousSequence: sequence - 1, channel };
        const delivery = inbox.handleBytes(channel, seal(fields), t0);
        const rank = epoch * 100 + sequence;
        const isNext = epoch >= (newest.get(id) ?? 0) && rank > (last.get(`${id} ${channel}`) ?? -1);
        assert.equal(delivery !== undefined, isNext);
        if (!isNext) continue;
        newest.set(id, epoch);
        last.set(`${id} ${channel}`, rank);
      }
      const { received, accepted, duplicate, staleEpoch } = inbox.counters;
      assert.equal(accepted + duplicate + staleEpoch, received);
    }),
  );
});

test("too many gaps become one for every channel", () => {
  const gaps = new GapQueue();
  for (let index = 0; index <= BUS_LIMITS.maxGaps; index++) gaps.add(ROOM, `n${index}`, "missing");
  const hall = roomChannel("hall");
  assert.deepEqual(gaps.pollGaps([hall]), [{ channel: hall, sender: undefined, cause: "missing" }]);
  assert.deepEqual(gaps.pollGaps([hall]), []);
});
