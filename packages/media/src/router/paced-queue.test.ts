import assert from "node:assert/strict";
import { test } from "node:test";
import { createPortableCrypto } from "@sluice/native";
import { EXTENSION_URI } from "../rtp/rtp-parameters.js";
import { CONSUMER_SSRC, type ForwardedPacket, VirtualRoom } from "../testing/virtual-room.js";
import { instant } from "../time/instant.js";
import { PACED_QUEUE, PacedQueue, type PacedSender } from "./paced-queue.js";

const VP8 = { payloadType: 96, name: "VP8", clockRate: 90_000, parameters: {}, feedback: ["nack", "nack pli"] };
const OPUS = { payloadType: 111, name: "opus", clockRate: 48_000, channels: 2, parameters: {}, feedback: [] };
const t0 = instant(1_000_000);

function openRoom(kind: "audio" | "video") {
  const codec = kind === "video" ? VP8 : OPUS;
  const room = new VirtualRoom(createPortableCrypto, {
    kind,
    codecs: [codec],
    encodings: [{ ssrc: 5 }],
    receiverExtensions: [{ id: 5, uri: EXTENSION_URI.transportWideSequenceNumber }],
  });
  const { paced } = room.consumer.outlet;
  let sequenceNumber = 0;
  /** Publishes one frame of so many packets of 1000 bytes; returns the numbers of those that left. */
  const publish = (packets: number) => {
    const left: ForwardedPacket[] = [];
    for (let part = 0; part < packets; part++) {
      const payload = Array.from({ length: 1000 }, () => sequenceNumber & 0xff);
      payload[0] = part === 0 ? 0x10 : 0;
      payload[1] = 0;
      left.push(
        ...room.publish({ ssrc: 5, payloadType: codec.payloadType, sequenceNumber: sequenceNumber++, timestamp: 0, payload }),
      );
    }
    return left.map((packet) => packet.sequenceNumber);
  };
  const drainFor = (ms: number) => {
    const left: number[] = [];
    for (let passed = 0; passed < ms; passed += 10) {
      room.wait(10);
      room.consumer.outlet.setNow(room.now);
      paced.drain(room.now);
      left.push(...room.drain().map((packet) => packet.sequenceNumber));
    }
    return left;
  };
  const setPacing = (estimateBps: number) => room.consumer.outlet.setPacing(estimateBps);
  return { room, paced, publish, drainFor, setPacing };
}

test("without an estimate, and within what it allows, every packet leaves at once", () => {
  const { paced, publish, setPacing } = openRoom("video");
  assert.equal(publish(100).length, 100);
  setPacing(2_000_000);
  assert.equal(publish(15).length, 15);
  assert.equal(paced.deferred, 0);
});

test("a key frame too large for the path leaves bit by bit, in order, and can be asked for again byte for byte", () => {
  const { room, paced, publish, drainFor, setPacing } = openRoom("video");
  publish(1);
  setPacing(500_000);
  const atOnce = publish(50);
  assert.ok(atOnce.length >= 15 && atOnce.length <= 22, `${atOnce.length} at once`);
  assert.equal(paced.count, 50 - atOnce.length);
  const soon = drainFor(100);
  // 2.5 times 500 kbit/s for 100 ms.
  assert.ok(soon.length >= 12 && soon.length <= 18, `${soon.length} in 100 ms`);
  const rest = drainFor(PACED_QUEUE.maxWaitMs);
  const all = [...atOnce, ...soon, ...rest];
  assert.deepEqual(
    all,
    Array.from({ length: 50 }, (_, index) => (atOnce[0] ?? 0) + index),
  );
  assert.equal(paced.count, 0);
  // The room throws when one SRTP index protects two different packets.
  room.wait(50);
  room.consumer.outlet.setNow(room.now);
  room.consumer.handleNack(all.slice(-15), room.now);
  const again = room.drain();
  assert.equal(again.length, 15);
  assert.ok(again.every(({ ssrc }) => ssrc === CONSUMER_SSRC));
});

test("what still waits when its Consumer is paused does not leave, and its numbers count as skipped", () => {
  const { room, publish, drainFor, setPacing } = openRoom("video");
  publish(1);
  setPacing(500_000);
  const left = publish(50).length;
  assert.equal(room.consumer.skipped, 0);
  room.consumer.setPaused(true, room.now);
  assert.deepEqual(drainFor(PACED_QUEUE.maxWaitMs + 10), []);
  assert.equal(room.consumer.skipped, 50 - left);
});

test("audio never waits", () => {
  const { paced, publish, setPacing } = openRoom("audio");
  publish(1);
  setPacing(30_000);
  assert.equal(publish(100).length, 100);
  assert.equal(paced.deferred, 0);
});

test("what finds no room is dropped and counted, and comes when it is asked for", () => {
  const { room, paced, publish, setPacing } = openRoom("video");
  publish(1);
  setPacing(30_000);
  const packets = PACED_QUEUE.capacity + 100;
  const left = publish(packets);
  assert.equal(left.length + paced.count + paced.dropped, packets);
  assert.equal(paced.count, PACED_QUEUE.capacity);
  const lost = (left[0] ?? 0) + packets - 1;
  room.wait(10);
  room.consumer.handleNack([lost], room.now);
  assert.deepEqual(
    room.drain().map(({ sequenceNumber }) => sequenceNumber),
    [lost],
  );
});

test("a Consumer that has nothing to send any more, or has closed, loses its turn; nobody else does", () => {
  const queue = new PacedQueue();
  const sent: string[] = [];
  const forgotten: string[] = [];
  const sender = (name: string, isForwarding: boolean): PacedSender => ({
    isForwarding,
    log: { has: (number) => number !== 8, handleDelayed: () => undefined },
    resend: (number, byRtx) => {
      assert.equal(byRtx, false);
      return sent.push(`${name}${number}`) > 0;
    },
    handleForgotten: () => forgotten.push(name),
  });
  queue.setEstimate(30_000);
  queue.handleSent(1_000_000);
  assert.ok(queue.defer(sender("a", false), 1, t0));
  assert.ok(queue.defer(sender("b", true), 7, t0));
  assert.ok(queue.defer(sender("b", true), 8, t0), "the log has forgotten it when its turn comes");
  const closed = sender("c", true);
  assert.ok(queue.defer(closed, 1, t0));
  queue.forget(closed);
  queue.drain(t0);
  assert.deepEqual(sent, []);
  queue.drain(instant(t0 + PACED_QUEUE.maxWaitMs * 1000));
  assert.deepEqual(sent, ["b7"]);
  assert.deepEqual(forgotten, ["a", "b"]);
});
