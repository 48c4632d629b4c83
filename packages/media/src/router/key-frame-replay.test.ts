import assert from "node:assert/strict";
import { test } from "node:test";
import { createPortableCrypto } from "@sluice/native";
import type { RtpCodec } from "../rtp/rtp-parameters.js";
import { CONSUMER_RTX_SSRC, type ForwardedPacket, type PublishedPacket, VirtualRoom } from "../testing/virtual-room.js";
import { KEY_FRAME_CACHE } from "./key-frame-cache.js";

const SSRC = 0x1111;
const VP8: RtpCodec = { payloadType: 96, name: "VP8", clockRate: 90_000, parameters: {}, feedback: ["nack", "nack pli"] };
const RTX: RtpCodec = { payloadType: 97, name: "rtx", clockRate: 90_000, parameters: { apt: "96" }, feedback: [] };
const FRAME_TICKS = 3000;

/** Somebody publishes frames of one packet, 30 a second, before anybody watches. */
function openRoom(hasRtx = false) {
  const room = new VirtualRoom(createPortableCrypto, {
    kind: "video",
    codecs: [VP8, RTX],
    encodings: [{ ssrc: SSRC }],
    hasRtx,
  });
  room.consumer.setPaused(true, room.now);
  let number = 0;
  const packet = (isKeyFrame: boolean): PublishedPacket => {
    number++;
    const payload = [0x10, isKeyFrame ? 0 : 1, number & 0xff, ...new Array<number>(100).fill(0)];
    return { ssrc: SSRC, payloadType: 96, sequenceNumber: 1000 + number, timestamp: number * FRAME_TICKS, payload };
  };
  /** Frames, the first of which is a key frame if `isKeyFrame`; returns what is forwarded. */
  const publish = (frames: number, isKeyFrame = false): ForwardedPacket[] => {
    return Array.from({ length: frames }, (_, index) => {
      room.wait(33);
      return room.publish(packet(isKeyFrame && index === 0));
    }).flat();
  };
  /** What leaves when the receiver begins to watch, and in `ms` after it. */
  const watch = (ms = 0): ForwardedPacket[] => {
    room.consumer.setPaused(false, room.now);
    for (let waited = 0; waited < ms; waited += 10) {
      room.wait(10);
      room.consumer.handleTick(room.now);
    }
    return room.drain();
  };
  const isAsked = () => room.producer.activeStream?.keyFrames.isWanted === true;
  return { room, publish, watch, isAsked };
}

/** So many packets of 1,100 bytes, a frame each, the first of which is a key frame. */
function burst(count: number): PublishedPacket[] {
  return Array.from({ length: count }, (_, index) => {
    const payload = [0x10, index === 0 ? 0 : 1, index & 0xff, ...new Array<number>(1085).fill(0)];
    return { ssrc: SSRC, payloadType: 96, sequenceNumber: 2000 + index, timestamp: index * 90, payload };
  });
}

const marks = (packets: readonly ForwardedPacket[]) => packets.map(({ payload }) => payload[2]);
const steps = (values: readonly number[]) => values.slice(1).map((value, index) => value - (values[index] ?? 0));

test("who joins gets the last key frame and all since at once, then goes on live without a gap; nobody is asked", () => {
  const { publish, watch, isAsked } = openRoom();
  publish(5);
  publish(20, true);
  const replayed = watch();
  const live = publish(3);
  assert.deepEqual(
    marks([...replayed, ...live]),
    Array.from({ length: 23 }, (_, index) => 6 + index),
  );
  assert.deepEqual(steps([...replayed, ...live].map(({ sequenceNumber }) => sequenceNumber)), new Array(22).fill(1));
  assert.equal(isAsked(), false);
});

test("the past runs sixteen times as fast, and ends at the publisher's own time", () => {
  const { publish, watch } = openRoom();
  publish(20, true);
  const replayed = watch();
  const live = publish(2);
  const timestamps = [...replayed, ...live].map(({ timestamp }) => timestamp);
  assert.equal(live[0]?.timestamp, 21 * FRAME_TICKS);
  assert.equal(replayed.at(-1)?.timestamp, 20 * FRAME_TICKS);
  for (const step of steps(timestamps.slice(0, 20))) assert.ok(Math.abs(step - FRAME_TICKS / 16) <= 1, `${step} ticks`);
});

for (const hasRtx of [true, false]) {
  test(`what is replayed can be asked for again, ${hasRtx ? "by RTX" : "bit for bit in band"}`, () => {
    const { room, publish, watch } = openRoom(hasRtx);
    publish(20, true);
    const replayed = watch();
    room.consumer.handleNack(
      replayed.map(({ sequenceNumber }) => sequenceNumber),
      room.now,
    );
    const again = room.drain();
    assert.deepEqual(
      again.map(({ timestamp }) => timestamp),
      replayed.map(({ timestamp }) => timestamp),
    );
    if (hasRtx) assert.ok(again.every(({ ssrc }) => ssrc === CONSUMER_RTX_SSRC));
  });
}

test("a key frame that is too old, or that too much followed, is not replayed: the publisher is asked", () => {
  const old = openRoom();
  old.publish(50, true);
  assert.deepEqual(old.watch(), []);
  assert.equal(old.isAsked(), true);
  const large = openRoom();
  large.room.publish(...burst(300));
  assert.deepEqual(large.watch(), []);
  assert.equal(large.isAsked(), true);
});

test("a hole that nobody fills is not replayed across", () => {
  const { room, publish, watch, isAsked } = openRoom();
  publish(5, true);
  for (const stream of room.producer.streams) stream.nack?.abandon();
  room.publish({ ssrc: SSRC, payloadType: 96, sequenceNumber: 1010, timestamp: 10 * FRAME_TICKS, payload: [0x10, 1, 10] });
  for (const stream of room.producer.streams) stream.nack?.abandon();
  assert.deepEqual(watch(), []);
  assert.equal(isAsked(), true);
});

test("a large replay leaves over several ticks, live packets in their place behind it", () => {
  const { room, watch } = openRoom();
  const packets = burst(91);
  room.publish(...packets.slice(0, 90));
  const first = watch();
  assert.ok(first.length > 5 && first.length <= KEY_FRAME_CACHE.burstBytes / 1000, `${first.length} packets at once`);
  room.wait(5);
  assert.deepEqual(room.publish(...packets.slice(90)), [], "it waits for its turn");
  const rest: ForwardedPacket[] = [];
  for (let ticks = 0; ticks < 10; ticks++) {
    room.wait(10);
    room.consumer.handleTick(room.now);
    rest.push(...room.drain());
  }
  assert.deepEqual(
    marks([...first, ...rest]),
    Array.from({ length: 91 }, (_, index) => index),
  );
  assert.equal(rest.at(-1)?.timestamp, 90 * 90);
});

test("after a pause a key frame from memory will do only when it is newer than what was seen", () => {
  const { room, publish, watch, isAsked } = openRoom();
  publish(3, true);
  watch();
  publish(3);
  room.consumer.setPaused(true, room.now);
  publish(3);
  assert.deepEqual(watch(), [], "its last key frame has been seen");
  assert.equal(isAsked(), true);
  room.consumer.setPaused(true, room.now);
  publish(5, true);
  assert.deepEqual(marks(watch()), [10, 11, 12, 13, 14]);
});

test("what was muted on the server is not replayed", () => {
  const { room, publish, watch, isAsked } = openRoom();
  publish(3, true);
  room.producer.setPaused(true, room.now);
  publish(3, true);
  room.producer.setPaused(false, room.now);
  assert.deepEqual(watch(), []);
  assert.equal(isAsked(), true);
});

test("what was lost of the past and is repaired during the replay still goes out", () => {
  const { room, watch } = openRoom();
  const packets = burst(90);
  const [lost] = packets.splice(10, 1);
  assert.ok(lost !== undefined);
  room.publish(...packets);
  const first = watch();
  assert.ok(first.length > 12 && first.length < 80, `${first.length} packets at once`);
  const repaired = room.publish(lost);
  assert.deepEqual(marks(repaired), [10]);
  const before = first.find(({ payload }) => payload[2] === 9);
  assert.equal(repaired[0]?.sequenceNumber, (before?.sequenceNumber ?? 0) + 1, "under the number that was kept for it");
  assert.equal(room.publish(lost).length, 0);
});

test("a replay ends, though more comes in meanwhile than the pacer lets out", () => {
  const { room, watch } = openRoom();
  const packets = burst(2000);
  room.publish(...packets.splice(0, 200));
  const marksSent = marks(watch());
  // 17.6 Mbit/s.
  for (let ms = 0; ms < 800; ms += 10) {
    room.wait(10);
    marksSent.push(...marks(room.publish(...packets.splice(0, 20))));
    room.consumer.handleTick(room.now);
    marksSent.push(...marks(room.drain()));
    if (ms < KEY_FRAME_CACHE.maxReplayMs + 50) continue;
    assert.equal(marksSent.at(-1), (200 + (ms / 10 + 1) * 20 - 1) & 0xff, `the present is sent ${ms} ms later`);
  }
});
