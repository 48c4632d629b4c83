import assert from "node:assert/strict";
import { test } from "node:test";
import { createPortableCrypto } from "@sluice/native";
import type { RtpCodec } from "../rtp/rtp-parameters.js";
import { VirtualRoom } from "../testing/virtual-room.js";

function audioCodec(payloadType: number, name: string, parameters: Record<string, string> = {}): RtpCodec {
  return { payloadType, name, clockRate: 48_000, channels: 2, parameters, feedback: ["nack"] };
}

const OPUS = audioCodec(111, "opus", { useinbandfec: "1" });
const RED = audioCodec(63, "red", { "": "111/111" });

function openRoom(receiverCodecs: readonly RtpCodec[]) {
  const encodings = [{ ssrc: 5 }];
  return new VirtualRoom(createPortableCrypto, { kind: "audio", codecs: [RED, OPUS], receiverCodecs, encodings });
}

/** One redundant block of three bytes and a primary of two. */
const PAYLOAD = [0x80 | 111, 0x0f, 0x00, 0x03, 111, 1, 2, 3, 8, 9];
const redundant = (sequenceNumber: number, payload: readonly number[] = PAYLOAD) => {
  return { ssrc: 5, payloadType: 63, sequenceNumber, timestamp: sequenceNumber * 960, payload };
};

test("[RFC2198] redundant audio reaches a receiver that takes it unchanged", () => {
  const room = openRoom([audioCodec(96, "opus"), audioCodec(97, "red", { "": "96/96" })]);
  const [forwarded] = room.publish(redundant(1));
  assert.deepEqual([forwarded?.payloadType, forwarded?.payload], [97, PAYLOAD]);
});

test("a receiver without RED gets the primary block as plain Opus, and the same again when it asks", () => {
  const room = openRoom([audioCodec(96, "opus")]);
  const [forwarded] = room.publish(redundant(1));
  assert.deepEqual([forwarded?.payloadType, forwarded?.payload, forwarded?.timestamp], [96, [8, 9], 960]);
  room.consumer.handleNack([1], room.now);
  assert.deepEqual(
    room.drain().map(({ payload }) => payload),
    [[8, 9]],
  );
});

test("plain Opus, in-band FEC and all, passes unchanged to both kinds of receivers", () => {
  for (const receiverCodecs of [[OPUS], [RED, OPUS]]) {
    const room = openRoom(receiverCodecs);
    const payload = [0x78, 1, 2, 3];
    const [forwarded] = room.publish({ ssrc: 5, payloadType: 111, sequenceNumber: 1, timestamp: 960, payload });
    assert.deepEqual([forwarded?.payloadType, forwarded?.payload], [111, payload]);
  }
});

test("attack 18: malformed RED leaves a gap where it was, and what follows goes on", () => {
  const room = openRoom([OPUS]);
  const forwarded = room.publish(redundant(1), redundant(2, [0x80 | 111, 0xff, 0xff, 0xff, 111]), redundant(3));
  assert.deepEqual(
    forwarded.map(({ sequenceNumber }) => sequenceNumber),
    [1, 3],
  );
});

test("RED whose fmtp line names nothing that the receiver takes is not forwarded", () => {
  const room = openRoom([audioCodec(0, "PCMU")]);
  assert.deepEqual(room.publish(redundant(1)), []);
  assert.equal(room.consumer.droppedPayloadType, 1);
});
