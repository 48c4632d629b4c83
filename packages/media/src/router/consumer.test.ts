import assert from "node:assert/strict";
import { test } from "node:test";
import { createPortableCrypto } from "@sluice/native";
import type { RtpCodec } from "../rtp/rtp-parameters.js";
import { CONSUMER_SSRC, type PublishedPacket, VirtualRoom, type VirtualRoomOptions } from "../testing/virtual-room.js";
import { after } from "../time/instant.js";
import { KEY_FRAMES_PER_RECEIVER } from "./key-frame-demand.js";
import { RETRANSMISSION } from "./retransmission-limits.js";

const SSRC = 0x1111;

function codec(payloadType: number, name: string, parameters: Record<string, string> = {}): RtpCodec {
  return { payloadType, name, clockRate: 90_000, parameters, feedback: ["nack", "nack pli"] };
}

const VP8 = codec(96, "VP8");
const RTX = codec(97, "rtx", { apt: "96" });

function openRoom(options: Partial<VirtualRoomOptions> = {}): VirtualRoom {
  const encodings = [{ ssrc: SSRC }];
  return new VirtualRoom(createPortableCrypto, { kind: "video", codecs: [VP8, RTX], encodings, ...options });
}

function packet(sequenceNumber: number, payload: readonly number[], more: Partial<PublishedPacket> = {}): PublishedPacket {
  return { ssrc: SSRC, payloadType: 96, sequenceNumber, timestamp: sequenceNumber * 3000, payload, ...more };
}

/** VP8 payloads (RFC 7741 §4.2, §4.3) that say which packet they are. */
const keyFrame = (mark: number) => [0x10, 0x00, mark];
const deltaFrame = (mark: number) => [0x10, 0x01, mark];

const sequenceNumbers = (packets: readonly { readonly sequenceNumber: number }[]) => packets.map((each) => each.sequenceNumber);

const KEY_PAYLOADS = [
  { name: "VP8", parameters: {}, delta: [0x10, 0x01, 0, 0], key: [0x10, 0x00, 0, 0] },
  { name: "VP9", parameters: {}, delta: [0xc8, 0x05, 0x10, 0x10], key: [0x88, 0x05, 0x10, 0x10] },
  {
    name: "H264",
    parameters: { "packetization-mode": "1", "profile-level-id": "42e01f" },
    // A slice whose bytes would pass for the start of a VP8 key frame.
    delta: [0x51, 0x9a, 0x10, 0x10],
    key: [0x67, 0x42, 0xe0, 0x1f],
  },
  { name: "AV1", parameters: {}, delta: [0x10, 0x32, 0x10, 0x10], key: [0x18, 0x0a, 0x0b, 0x10] },
];

for (const { name, parameters, delta, key } of KEY_PAYLOADS) {
  test(`a receiver of ${name} gets nothing before the packet in which a key frame begins`, () => {
    const room = openRoom({ codecs: [codec(96, name, parameters)] });
    assert.deepEqual(room.publish(packet(1, delta)), []);
    const forwarded = room.publish(packet(2, key), packet(3, delta));
    assert.deepEqual(
      forwarded.map(({ ssrc, payload }) => ({ ssrc, payload })),
      [
        { ssrc: CONSUMER_SSRC, payload: key },
        { ssrc: CONSUMER_SSRC, payload: delta },
      ],
    );
  });
}

test("goes on without a gap and on the same timeline after a pause", () => {
  const room = openRoom();
  assert.deepEqual(sequenceNumbers(room.publish(packet(10, keyFrame(1)), packet(11, deltaFrame(2)))), [10, 11]);
  room.consumer.setPaused(true, room.now);
  assert.deepEqual(room.publish(packet(12, deltaFrame(3)), packet(13, deltaFrame(4))), []);
  room.consumer.setPaused(false, room.now);
  assert.deepEqual(room.publish(packet(14, deltaFrame(5))), []);
  const [resumed] = room.publish(packet(15, keyFrame(6)));
  assert.equal(resumed?.sequenceNumber, 12);
  assert.equal(resumed?.timestamp, 15 * 3000);
});

test("what is published while the Producer is paused reaches nobody, not by NACK either", () => {
  const room = openRoom();
  room.publish(packet(10, keyFrame(1)), packet(11, deltaFrame(2)));
  room.producer.setPaused(true, room.now);
  assert.deepEqual(room.publish(packet(12, deltaFrame(66)), packet(13, deltaFrame(66))), []);
  room.producer.setPaused(false, room.now);
  assert.ok(room.producer.activeStream?.keyFrames.pollRequest(room.now));
  assert.deepEqual(sequenceNumbers(room.publish(packet(14, deltaFrame(3)), packet(15, keyFrame(4)))), [12]);
  room.consumer.handleNack([11, 12, 13, 14, 15], room.now);
  assert.deepEqual(
    room.drain().map(({ payload }) => payload[2]),
    [2, 4],
  );
});

test("a restart in the middle of a batch begins with the new stream, whatever numbers the old one had", () => {
  const opus = { payloadType: 111, name: "opus", clockRate: 48_000, channels: 2, parameters: {}, feedback: [] };
  const encodings = [{ ssrc: 1 }, { ssrc: 2 }];
  const room = openRoom({ kind: "audio", codecs: [opus], encodings });
  const audio = (ssrc: number, sequenceNumber: number) => packet(sequenceNumber, [1, 2, 3], { ssrc, payloadType: 111 });
  assert.deepEqual(sequenceNumbers(room.publish(audio(1, 10))), [10]);
  assert.deepEqual(sequenceNumbers(room.publish(audio(1, 11), audio(2, 50_000), audio(2, 50_001))), [11, 12]);
  assert.deepEqual(room.publish(audio(1, 12)), []);
});

test("[RFC3550 §5.1] a stream that takes over goes on in the receiver's media time as much later as it came", () => {
  const room = openRoom({ encodings: [{ ssrc: 1 }, { ssrc: 2 }] });
  const [first] = room.publish(packet(10, keyFrame(1), { ssrc: 1, timestamp: 1000 }));
  room.wait(2500);
  const [second] = room.publish(packet(900, keyFrame(2), { ssrc: 2, timestamp: 4_000_000_000 }));
  const [third] = room.publish(packet(901, deltaFrame(3), { ssrc: 2, timestamp: 4_000_003_000 }));
  assert.ok(first !== undefined && second !== undefined && third !== undefined);
  assert.deepEqual(sequenceNumbers([first, second, third]), [10, 11, 12]);
  assert.equal(second.timestamp - first.timestamp, 2.5 * 90_000);
  assert.equal(third.timestamp - second.timestamp, 3000);
});

test("a key frame of several packets that could each begin it counts once", () => {
  const room = openRoom();
  const parts = [11, 12, 13].map((sequenceNumber) => packet(sequenceNumber, keyFrame(1), { timestamp: 9000 }));
  room.publish(packet(10, keyFrame(1), { timestamp: 0 }), ...parts);
  assert.equal(room.producer.activeStream?.keyFramesSeen, 2);
});

test("a late packet goes to its place; one from before the key frame goes nowhere", () => {
  const room = openRoom();
  assert.deepEqual(sequenceNumbers(room.publish(packet(10, keyFrame(1)), packet(12, deltaFrame(3)))), [10, 12]);
  assert.deepEqual(sequenceNumbers(room.publish(packet(11, deltaFrame(2)))), [11]);
  assert.deepEqual(room.publish(packet(9, deltaFrame(0))), []);
});

test("[RFC4585 §6.2.1] what the receiver misses is sent again, bit for bit, and only what it was sent", () => {
  const room = openRoom({ codecs: [VP8] });
  room.publish(packet(9, deltaFrame(0)), packet(10, keyFrame(1)), packet(11, deltaFrame(2)));
  room.consumer.handleNack([9, 10, 11, 12], room.now);
  assert.deepEqual(
    room.drain().map(({ payload }) => payload),
    [keyFrame(1), deltaFrame(2)],
  );
});

test("[RFC3711 §9.1] a publisher cannot have an SRTP index used for two packets, by RTX or otherwise", () => {
  const room = openRoom({ encodings: [{ ssrc: SSRC, rtxSsrc: 0x2222 }] });
  assert.equal(room.publish(packet(10, keyFrame(1))).length, 1);
  room.wait(3000);
  for (const stream of room.producer.streams) stream.releaseExpired(room.now);
  const repeated = { ssrc: 0x2222, payloadType: 97, sequenceNumber: 1, timestamp: 30_000, payload: [0, 10, 0x10, 0x00, 66] };
  assert.deepEqual(room.publish(repeated), []);
  assert.equal(room.port.pool.available, room.port.pool.capacity);
});

test("attack 19: a NACK flood at most doubles what its sender is sent", () => {
  const room = openRoom();
  const frame = [...keyFrame(1), ...new Array(1100).fill(0)];
  const seconds = 10;
  let sent = 0;
  let resent = 0;
  for (let index = 0; index < 100 * seconds; index++) {
    for (const { payload } of room.publish(packet(1000 + index, frame))) sent += payload.length;
    room.consumer.handleNack(
      Array.from({ length: 256 }, (_, back) => (1000 + index - back) & 0xffff),
      room.now,
    );
    for (const { payload } of room.drain()) resent += payload.length;
    room.wait(10);
  }
  assert.ok(resent <= sent * 1.1 + RETRANSMISSION.freeBytes, `${resent} bytes again of ${sent}`);
  assert.ok(resent >= sent * 0.9, `${resent} bytes again of ${sent}: half of all packets lost would be repaired`);
});

test("attack 19: one receiver's PLI flood does not keep the publisher at key frames", () => {
  const room = openRoom();
  room.publish(packet(1, keyFrame(1)));
  const keyFrames = room.producer.activeStream?.keyFrames;
  assert.ok(keyFrames !== undefined);
  let requests = 0;
  for (let ms = 0; ms < 60_000; ms += 10) {
    room.consumer.handleKeyFrameRequest(after(room.now, ms));
    if (!keyFrames.pollRequest(after(room.now, ms))) continue;
    requests++;
    keyFrames.handleKeyFrame();
  }
  const { perSecond, burst } = KEY_FRAMES_PER_RECEIVER;
  assert.ok(requests >= burst && requests <= burst + 60 * perSecond, `${requests} requests in a minute`);
});

test("a receiver's picture stands still while frames do not reach it, not while it is paused or the publisher muted", () => {
  const room = openRoom();
  let number = 0;
  const show = (frames: number, intervalMs: number) => {
    for (let frame = 0; frame < frames; frame++) {
      room.wait(intervalMs);
      number++;
      room.publish(packet(number, number % 10 === 1 ? keyFrame(1) : deltaFrame(2)));
    }
  };
  show(40, 33);
  show(1, 500);
  const { freezes } = room.consumer;
  assert.deepEqual([freezes.freezesAt(room.now), freezes.frozenMsAt(room.now)], [1, 500]);
  show(40, 33);
  room.consumer.setPaused(true, room.now);
  show(40, 33);
  room.consumer.setPaused(false, room.now);
  show(40, 33);
  room.consumer.setAllocation(undefined, room.now);
  show(40, 33);
  assert.equal(room.consumer.isStarved, true);
  room.consumer.setAllocation({ spatialLayer: 0, temporalLayer: 0 }, room.now);
  show(40, 33);
  room.producer.setPaused(true, room.now);
  room.wait(10_000);
  assert.equal(freezes.freezesAt(room.now), 1);
  room.producer.setPaused(false, room.now);
  show(40, 33);
  assert.equal(freezes.freezesAt(room.now), 1);
  assert.equal(room.consumer.isForwarding, true);
});

test("a number kept for a late packet is closed with an empty one when its frame is of a layer that is left out", () => {
  const room = openRoom({ codecs: [VP8] });
  // Temporal layers 0, 1, 0 (RFC 7741 §4.2: picture id, TL0PICIDX, TID and Y).
  const layered = (sequenceNumber: number, temporalLayer: number, isKey = false) =>
    packet(sequenceNumber, [0x90, 0xe0, 0x80, sequenceNumber, 1, (temporalLayer << 6) | 0x20, isKey ? 0 : 1, 7]);
  room.consumer.preference = { maxSpatialLayer: 7, maxTemporalLayer: 0, priority: 1 };
  room.tick();
  assert.deepEqual(sequenceNumbers(room.publish(layered(10, 0, true), layered(11, 1), layered(12, 0))), [10, 11]);
  const inOrder = room.publish(layered(14, 0));
  assert.deepEqual(sequenceNumbers(inOrder), [13], "12 is kept for what may come");
  const late = room.publish(layered(13, 1));
  assert.deepEqual(
    late.map(({ sequenceNumber, payload, isMarked }) => ({ sequenceNumber, payload, isMarked })),
    [{ sequenceNumber: 12, payload: [], isMarked: false }],
  );
  room.consumer.handleNack([12], after(room.now, 20));
  assert.equal(room.drain().length, 1, "the very same packet again: the room would throw at another one");
});

test("padding of the publisher's congestion control goes no further, and leaves no gap", () => {
  const room = openRoom({ codecs: [VP8] });
  const forwarded = room.publish(packet(10, keyFrame(1)), packet(11, []), packet(12, []), packet(13, deltaFrame(2)));
  assert.deepEqual(sequenceNumbers(forwarded), [10, 11]);
});

test("attack 20: jumps of the sequence number, and timestamps set back, and the receiver's stream goes on", () => {
  const room = openRoom({ encodings: [{ ssrc: 1 }, { ssrc: 2 }] });
  let sent = sequenceNumbers(room.publish(packet(100, keyFrame(1), { ssrc: 1 })))[0] ?? -1;
  const jumps: readonly (readonly [ssrc: number, sequenceNumber: number, timestamp: number])[] = [
    [1, 100 + 32_768, 3000],
    [1, 100 + 32_769 + 10_000, 0],
    [1, 3 * 65_536 + 7, 0xffff_fff0],
    [2, 0, 0],
    [2, 65_535, 0x8000_0000],
  ];
  for (const [ssrc, sequenceNumber, timestamp] of jumps) {
    room.wait(33);
    const forwarded = room.publish(
      packet(sequenceNumber, keyFrame(2), { ssrc, timestamp }),
      packet(sequenceNumber + 1, deltaFrame(3), { ssrc, timestamp: (timestamp + 3000) >>> 0 }),
    );
    assert.deepEqual(sequenceNumbers(forwarded), [
      forwarded[0]?.sequenceNumber,
      ((forwarded[0]?.sequenceNumber ?? 0) + 1) & 0xffff,
    ]);
    // No further than a receiver's rollover counter can follow.
    const step = ((forwarded[0]?.sequenceNumber ?? 0) - sent) & 0xffff;
    assert.ok(step > 0 && step <= 1025, `a step of ${step}`);
    sent = forwarded[1]?.sequenceNumber ?? -1;
  }
});

test("a number is skipped while nothing was sent under it: the publisher's packet is missing, or a frame was broken off", () => {
  const room = openRoom();
  room.publish(packet(40_000, keyFrame(1)));
  assert.equal(room.consumer.skipped, 0);
  room.publish(packet(40_002, deltaFrame(3)));
  assert.equal(room.consumer.skipped, 1);
  room.publish(packet(40_001, deltaFrame(2)));
  assert.equal(room.consumer.skipped, 0);
  room.consumer.handleNack([sequenceNumbers(room.publish(packet(40_003, deltaFrame(4))))[0] ?? 0], room.now);
  assert.equal(room.consumer.skipped, 0, "what is sent again is not sent twice");
  room.publish(packet(40_004, deltaFrame(5), { isMarked: false }));
  room.consumer.setPaused(true, room.now);
  room.publish(packet(40_005, deltaFrame(6)));
  room.consumer.setPaused(false, room.now);
  room.publish(packet(40_006, keyFrame(7)));
  assert.equal(room.consumer.skipped, 1);
});
