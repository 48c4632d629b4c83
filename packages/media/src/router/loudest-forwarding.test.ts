import assert from "node:assert/strict";
import { test } from "node:test";
import { createPortableCrypto } from "@sluice/native";
import { EXTENSION_URI } from "../rtp/rtp-parameters.js";
import { type ForwardedPacket, VirtualRoom } from "../testing/virtual-room.js";

const OPUS = { payloadType: 111, name: "opus", clockRate: 48_000, channels: 2, parameters: {}, feedback: ["nack"] };
const LEVEL_ID = 1;

/** A Router of two publishers that forwards the loudest one; Ann has a receiver. */
function openRoom() {
  const room = new VirtualRoom(createPortableCrypto, {
    kind: "audio",
    codecs: [OPUS],
    encodings: [{ ssrc: 1 }],
    headerExtensions: [{ id: LEVEL_ID, uri: EXTENSION_URI.audioLevel }],
    loudestSpeakers: 1,
  });
  const other = room.router.speakers.open("other");
  let timestamp = 0;
  return {
    room,
    /** 20 ms: the other one at `otherLevel`, then packets of Ann at `level`; undefined tells none. */
    speak(otherLevel: number, level: number | undefined, ...sequenceNumbers: readonly number[]): ForwardedPacket[] {
      room.wait(20);
      timestamp += 960;
      other.handleLevel(otherLevel, timestamp, OPUS.clockRate, room.now);
      const extensions = level === undefined ? {} : { [LEVEL_ID]: [level] };
      return room.publish(
        ...sequenceNumbers.map((sequenceNumber) => {
          return {
            ssrc: 1,
            payloadType: 111,
            sequenceNumber,
            timestamp: sequenceNumber * 960,
            payload: [sequenceNumber],
            extensions,
          };
        }),
      );
    },
  };
}

const payloads = (packets: readonly ForwardedPacket[]) => packets.map(({ payload }) => payload[0]);
const numbers = (packets: readonly ForwardedPacket[]) => packets.map(({ sequenceNumber }) => sequenceNumber);

test("what is withheld makes no gap, and timestamps go on as they were", () => {
  const { room, speak } = openRoom();
  const forwarded = [10, 11, 12].flatMap((number) => speak(70, 30, number));
  assert.deepEqual(payloads(forwarded), [10, 11, 12]);
  let number = 13;
  for (; number < 40; number++) speak(20, 90, number);
  const again = [70, 70, 70, 70, 70].flatMap((otherLevel) => speak(otherLevel, 25, number++));
  assert.ok(again.length >= 2 && again.length < 5, `${again.length} of 5`);
  const all = [...forwarded, ...again];
  const [first = 0] = numbers(all);
  const [missing = 0] = numbers(again);
  // Of what was said while it was not the loudest, a packet or two at the beginning went out.
  assert.ok(missing - first <= 5);
  assert.deepEqual(
    numbers(again),
    numbers(again).map((_, index) => missing + index),
  );
  for (const { payload, timestamp } of again) assert.equal(timestamp, (payload[0] as number) * 960);
  assert.ok(room.producer.packetsWithheld > 20);
});

test("everything a receiver gets is numbered without a gap, however often the loudest changes", () => {
  const { speak } = openRoom();
  const forwarded: ForwardedPacket[] = [];
  for (let number = 1; number < 250; number++) forwarded.push(...speak(number % 30 < 15 ? 20 : 75, 45, number));
  const [first = 0] = numbers(forwarded);
  assert.deepEqual(
    numbers(forwarded),
    numbers(forwarded).map((_, index) => first + index),
  );
  assert.ok(forwarded.length > 80 && forwarded.length < 200, `${forwarded.length} of 250`);
});

test("packets of one batch are all forwarded once the first is, so that none of them is missed", () => {
  const { speak } = openRoom();
  speak(70, 30, 1);
  assert.deepEqual(payloads(speak(70, 127, 2, 3, 4, 5, 6, 7)), [2, 3, 4, 5, 6, 7]);
  assert.deepEqual(payloads(speak(70, 127, 8)), []);
});

test("a late packet from before the silence starts nothing", () => {
  const { speak } = openRoom();
  speak(70, 30, 1);
  for (const number of [2, 3, 4, 6, 7]) speak(127, 127, number);
  assert.deepEqual(payloads(speak(127, 20, 5)), []);
  assert.deepEqual(payloads(speak(127, 20, 8)), [8]);
});

test("who does not tell its level is always forwarded", () => {
  const { room, speak } = openRoom();
  for (let number = 1; number < 20; number++) assert.equal(speak(10, undefined, number).length, 1);
  assert.equal(room.producer.packetsWithheld, 0);
});

test("a pause ends what was withheld, and the end of the pause begins anew", () => {
  const { room, speak } = openRoom();
  speak(70, 30, 1);
  room.producer.setPaused(true, room.now);
  assert.deepEqual(speak(70, 30, 2), []);
  room.producer.setPaused(false, room.now);
  const [packet] = [speak(127, 30, 3), speak(127, 30, 4)].flat();
  assert.ok(packet !== undefined && (packet.payload[0] === 3 || packet.payload[0] === 4));
});
