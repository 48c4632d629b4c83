import assert from "node:assert/strict";
import { test } from "node:test";
import { createPortableCrypto } from "@sluice/native";
import type { RtpCodec } from "../rtp/rtp-parameters.js";
import { type ForwardedPacket, VirtualRoom } from "../testing/virtual-room.js";
import type { NtpTime } from "../time/ntp-time.js";
import { FIRST_PICTURE } from "./key-frame-demand.js";
import { RETRANSMISSION } from "./retransmission-limits.js";

const SSRC = 0x1111;
const VP8: RtpCodec = { payloadType: 96, name: "VP8", clockRate: 90_000, parameters: {}, feedback: ["nack", "nack pli"] };
const FRAME_MS = 33;
const FRAME_TICKS = FRAME_MS * 90;

/** Somebody publishes frames of one packet, 30 a second; the receiver watches from the beginning unless told. */
function openRoom({ isHeld = false, isPaused = false } = {}) {
  const room = new VirtualRoom(createPortableCrypto, { kind: "video", codecs: [VP8], encodings: [{ ssrc: SSRC }], isHeld });
  room.consumer.setPaused(isPaused, room.now);
  let number = 0;
  /** Frames, the first of which is a key frame if `isKeyFrame`; returns what is forwarded. */
  const publish = (frames: number, isKeyFrame = false): ForwardedPacket[] => {
    return Array.from({ length: frames }, (_, index) => {
      room.wait(FRAME_MS);
      number++;
      const payload = [0x10, isKeyFrame && index === 0 ? 0 : 1, number & 0xff, ...new Array<number>(100).fill(0)];
      return room.publish({ ssrc: SSRC, payloadType: 96, sequenceNumber: number, timestamp: number * FRAME_TICKS, payload });
    }).flat();
  };
  const complain = (): ForwardedPacket[] => {
    room.consumer.handleKeyFrameRequest(room.now);
    return room.drain();
  };
  const isAsked = () => room.producer.activeStream?.keyFrames.isWanted === true;
  return { room, publish, complain, isAsked };
}

const marks = (packets: readonly ForwardedPacket[]) => packets.map(({ payload }) => payload[2]);
const steps = (values: readonly number[]) => values.slice(1).map((value, index) => value - (values[index] ?? 0));

for (const isReplay of [false, true]) {
  const how = isReplay ? "replayed" : "live";
  test(`a receiver that was not ready for its first key frame (${how}) gets it once more; nobody is asked`, () => {
    const { room, publish, complain, isAsked } = openRoom({ isPaused: isReplay });
    const first = publish(5, true);
    room.consumer.setPaused(false, room.now);
    first.push(...room.drain());
    const again = complain();
    const live = publish(3);
    assert.deepEqual(marks(first), [1, 2, 3, 4, 5]);
    assert.deepEqual(marks([...again, ...live]), [1, 2, 3, 4, 5, 6, 7, 8]);
    const all = [...first, ...again, ...live];
    assert.deepEqual(
      steps(all.map(({ sequenceNumber }) => sequenceNumber)),
      new Array(12).fill(1),
      "the numbers go on: it may have kept the last one",
    );
    assert.ok(
      steps(all.map(({ timestamp }) => timestamp)).every((step) => step > 0),
      `timestamps go forward: ${all.map(({ timestamp }) => timestamp).join()}`,
    );
    assert.deepEqual(steps(live.map(({ timestamp }) => timestamp)), [FRAME_TICKS, FRAME_TICKS]);
    assert.equal(isAsked(), false);
  });
}

test("after a repetition sender reports still say when a frame was taken", () => {
  const { room, publish, complain } = openRoom();
  const times = { ntp: 5_000_000 as NtpTime, rtpTimestamp: 0 };
  room.producer.clock.handleReport(times.ntp, times.ntp);
  const [before] = publish(1, true);
  for (const stream of room.producer.streams) stream.senderReport = times;
  /** ms from the clock's reading to the frame, as the receiver understands it. */
  const takenMs = (frame: ForwardedPacket | undefined) => {
    const report = room.consumer.senderReport(times.ntp);
    return (((frame?.timestamp ?? 0) - (report?.rtpTimestamp ?? 0)) | 0) / 90;
  };
  const first = takenMs(before);
  publish(9);
  complain();
  const [after] = publish(1);
  assert.equal(takenMs(after) - first, 10 * FRAME_MS);
});

test("what was asked before the repetition can have come is answered by it", () => {
  const { room, publish, complain, isAsked } = openRoom();
  publish(3, true);
  assert.equal(complain().length, 3);
  room.wait(RETRANSMISSION.defaultRoundTripMs - 1);
  assert.deepEqual(complain(), []);
  assert.equal(isAsked(), false);
});

test("the publisher is asked after some repetitions, or when the receiver has been watching for a while", () => {
  const { publish, complain, isAsked } = openRoom();
  publish(1, true);
  for (let repeat = 0; repeat < FIRST_PICTURE.maxRepeats; repeat++) {
    publish(4);
    assert.ok(complain().length > 0);
    assert.equal(isAsked(), false);
  }
  publish(4);
  assert.deepEqual(complain(), []);
  assert.equal(isAsked(), true);

  const late = openRoom();
  late.publish(1 + Math.ceil(FIRST_PICTURE.repeatWithinMs / FRAME_MS), true);
  late.publish(1);
  assert.deepEqual(late.complain(), []);
  assert.equal(late.isAsked(), true);
});

test("what is held back begins when it is released, with the last key frame", () => {
  const { room, publish, isAsked } = openRoom({ isHeld: true });
  room.consumer.requestKeyFrame(room.now);
  assert.deepEqual(publish(5, true), []);
  room.consumer.handleTick(room.now);
  room.consumer.handleKeyFrameRequest(room.now);
  assert.deepEqual(room.drain(), []);
  assert.equal(isAsked(), false);
  room.consumer.release(room.now);
  assert.deepEqual(marks(room.drain()), [1, 2, 3, 4, 5]);
  assert.deepEqual(marks(publish(2)), [6, 7]);
  assert.equal(isAsked(), false);
});

test("a key frame that memory does not have is asked for while the Consumer is held back", () => {
  const { room, publish, isAsked } = openRoom({ isHeld: true });
  publish(60, true);
  assert.equal(isAsked(), false);
  room.consumer.requestKeyFrame(room.now);
  assert.equal(isAsked(), true);
  publish(2, true);
  room.consumer.release(room.now);
  assert.deepEqual(marks(room.drain()), [61, 62]);
});

test("what is both held back and paused begins when it is neither", () => {
  const { room, publish } = openRoom({ isHeld: true, isPaused: true });
  publish(1, true);
  room.consumer.release(room.now);
  assert.deepEqual(room.drain(), []);
  room.consumer.setPaused(false, room.now);
  assert.deepEqual(marks(room.drain()), [1]);
});
