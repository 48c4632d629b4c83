import assert from "node:assert/strict";
import { test } from "node:test";
import { createPortableCrypto } from "@sluice/native";
import type { RtpCodec } from "../../rtp/rtp-parameters.js";
import {
  type ForwardedPacket,
  type PublishedPacket,
  VirtualRoom,
  type VirtualRoomOptions,
} from "../../testing/virtual-room.js";
import type { NtpTime } from "../../time/ntp-time.js";
import { KEY_FRAME_PATIENCE_MS } from "./layer-selector.js";
import { MIN_SILENCE_MS } from "./producer-layers.js";

const FRAME_MS = 33;
const TICKS_PER_FRAME = 3000;

function codec(name: string): RtpCodec {
  return { payloadType: 96, name, clockRate: 90_000, parameters: {}, feedback: ["nack", "nack pli"] };
}

/** The first bytes of a key frame and of any other; then comes what the test recognises the frame by. */
const PAYLOADS = {
  VP8: { key: [0x90, 0xe0, 0x80, 0, 0, 0, 0x00], delta: [0x90, 0xe0, 0x80, 0, 0, 0, 0x01] },
  VP9: { key: [0x0c, 0xa0], delta: [0x4c, 0xa0] },
  H264: { key: [0x67, 0x42, 0xe0, 0x1f], delta: [0x41, 0x9a, 0x10, 0x10] },
  AV1: { key: [0x18, 0x0a, 0x01, 0x00, 0x32, 0x05], delta: [0x10, 0x32, 0x05] },
} as const;

type Codec = keyof typeof PAYLOADS;

/** A publisher of encodings q, h and f with the same pictures, and one receiver. */
class Publisher {
  readonly room: VirtualRoom;
  readonly #codec: Codec;
  readonly #sequenceNumbers = [1000, 40_000, 65_500];
  readonly timestampBases = [0, 1_000_000_000, 4_294_900_000];
  #frame = 0;
  /** Numbers of the encodings whose next frame is a key frame. */
  readonly keys = new Set([0, 1, 2]);
  active: readonly number[] = [0, 1, 2];

  constructor(codecName: Codec = "VP8", options: Partial<VirtualRoomOptions> = {}) {
    this.#codec = codecName;
    const encodings = ["q", "h", "f"].map((rid, layer) => ({ rid, ssrc: layer + 1 }));
    this.room = new VirtualRoom(createPortableCrypto, { kind: "video", codecs: [codec(codecName)], encodings, ...options });
  }

  get consumer() {
    return this.room.consumer;
  }

  /** The next picture, two packets an encoding. */
  picture(): PublishedPacket[] {
    const frame = this.#frame++;
    return this.active.flatMap((encoding) => {
      const isKey = this.keys.delete(encoding);
      const mark = [encoding, frame & 0xff];
      const { key, delta } = PAYLOADS[this.#codec];
      const timestamp = ((this.timestampBases[encoding] ?? 0) + frame * TICKS_PER_FRAME) >>> 0;
      const first = this.#sequenceNumbers[encoding] ?? 0;
      this.#sequenceNumbers[encoding] = first + 2;
      const common = { ssrc: encoding + 1, payloadType: 96, timestamp };
      return [
        { ...common, sequenceNumber: first, payload: [...(isKey ? key : delta), ...mark], isMarked: false },
        { ...common, sequenceNumber: first + 1, payload: [...continuation(this.#codec), ...mark] },
      ];
    });
  }

  /** Publishes so many pictures and returns what the receiver got. */
  run(pictures: number): ForwardedPacket[] {
    const forwarded: ForwardedPacket[] = [];
    for (let picture = 0; picture < pictures; picture++) {
      forwarded.push(...this.room.publish(...this.picture()));
      this.room.wait(FRAME_MS);
      this.room.tick();
      this.answerKeyFrameRequests();
    }
    return forwarded;
  }

  answerKeyFrameRequests(): void {
    for (const { encoding, keyFrames } of this.room.producer.streams) {
      if (keyFrames.pollRequest(this.room.now)) this.keys.add(encoding);
    }
  }

  want(maxSpatialLayer: number): void {
    this.consumer.preference = { maxSpatialLayer, maxTemporalLayer: 7, priority: 1 };
    this.room.tick();
    this.answerKeyFrameRequests();
  }
}

/** More of a frame. */
function continuation(name: Codec): number[] {
  switch (name) {
    case "VP8":
      return [0x80, 0xe0, 0x80, 0, 0, 0];
    case "VP9":
      return [0x04, 0xa0];
    case "H264":
      return [0x41, 0x00];
    case "AV1":
      return [0x90];
  }
}

const encodingOf = ({ payload }: ForwardedPacket) => payload.at(-2);
const encodingsOf = (packets: readonly ForwardedPacket[]) => packets.map(encodingOf);

function assertContinuous(packets: readonly ForwardedPacket[]): void {
  for (const [index, packet] of packets.entries()) {
    const before = packets[index - 1];
    if (before === undefined) continue;
    assert.equal((packet.sequenceNumber - before.sequenceNumber) & 0xffff, 1);
    const passed = (packet.timestamp - before.timestamp) | 0;
    assert.ok(before.isMarked ? passed > 0 : passed === 0, `timestamps go ${passed}`);
  }
}

for (const name of ["VP8", "VP9", "H264", "AV1"] as const) {
  test(`${name}: the best encoding is sent as soon as it can be, and changes at key frames only, without a gap`, () => {
    const publisher = new Publisher(name);
    const start = publisher.run(5);
    assert.deepEqual(encodingsOf(start).slice(0, 6), [0, 0, 1, 1, 2, 2], "each key frame of the first picture is a step");
    assert.deepEqual(new Set(encodingsOf(start).slice(6)), new Set([2]));
    publisher.want(0);
    const down = publisher.run(10);
    assert.deepEqual(encodingsOf(down), new Array(20).fill(0), "the key frame came with the next picture");
    publisher.want(1);
    const up = publisher.run(30);
    assert.deepEqual(new Set(encodingsOf(up.slice(-20))), new Set([1]));
    assertContinuous([...start.slice(4), ...down, ...up]);
    assert.equal(publisher.consumer.layerSwitches, 4);
    assert.deepEqual(publisher.consumer.layers, { spatialLayer: 1, temporalLayer: 0 });
  });
}

test("the old encoding goes on until the key frame of the new one is there", () => {
  const publisher = new Publisher();
  publisher.run(5);
  publisher.want(0);
  publisher.keys.clear();
  const waiting = publisher.run(10);
  assert.deepEqual(new Set(encodingsOf(waiting)), new Set([2]));
  publisher.keys.add(0);
  assert.deepEqual(new Set(encodingsOf(publisher.run(2))), new Set([0]));
});

test("a key frame of an encoding on the way is a step", () => {
  const publisher = new Publisher();
  publisher.run(5);
  publisher.want(0);
  publisher.keys.clear();
  publisher.keys.add(1);
  assert.deepEqual(new Set(encodingsOf(publisher.run(2))), new Set([1]));
  publisher.keys.add(2);
  assert.deepEqual(new Set(encodingsOf(publisher.run(2))), new Set([1]), "but none back");
});

test("a key frame is asked for from the encoding that is wanted, and of no other", () => {
  const publisher = new Publisher();
  publisher.run(40);
  publisher.consumer.preference = { maxSpatialLayer: 1, maxTemporalLayer: 7, priority: 1 };
  publisher.room.tick();
  assert.deepEqual(
    publisher.room.producer.streams.map(({ keyFrames }) => keyFrames.isWanted),
    [false, true, false],
  );
});

test("[RFC3550 §6.4.1] sender reports put the timestamps of two encodings on one timeline", () => {
  const publisher = new Publisher();
  publisher.keys.delete(0);
  publisher.keys.delete(1);
  for (const [encoding, base] of publisher.timestampBases.entries()) {
    publisher.run(1);
    const stream = publisher.room.producer.streamOf(encoding);
    // The moment of picture 0, in each encoding's own units.
    if (stream !== undefined) stream.senderReport = { ntp: 5_000_000 as NtpTime, rtpTimestamp: base };
  }
  const before = publisher.run(3);
  publisher.want(1);
  publisher.keys.add(1);
  // It arrives 60 ms late; its timestamp says when it was taken all the same.
  publisher.room.wait(60);
  const after = publisher.run(3);
  const last = before.at(-1);
  assert.ok(last !== undefined && after[0] !== undefined && encodingOf(after[0]) === 1);
  assert.equal(after[0].timestamp - last.timestamp, TICKS_PER_FRAME);
});

test("timestamps never go back, not when the key frame shows what was shown before", () => {
  const publisher = new Publisher();
  for (const [encoding, base] of publisher.timestampBases.entries()) {
    publisher.run(1);
    const stream = publisher.room.producer.streamOf(encoding);
    if (stream !== undefined) stream.senderReport = { ntp: 5_000_000 as NtpTime, rtpTimestamp: base };
  }
  const start = publisher.run(3);
  publisher.want(0);
  publisher.keys.clear();
  // The picture in which the lowest encoding has its key frame last.
  publisher.keys.add(0);
  publisher.active = [2, 0];
  const both = publisher.run(1);
  assert.deepEqual(encodingsOf(both), [2, 2, 0, 0]);
  assertContinuous([...start.slice(-2), ...both, ...publisher.run(3)]);
});

test("an encoding that the publisher stops is left for the best one that is still sent", () => {
  const publisher = new Publisher();
  publisher.run(30);
  publisher.active = [0, 1];
  const frames = Math.ceil((MIN_SILENCE_MS + 200) / FRAME_MS);
  const after = publisher.run(frames);
  assert.ok(after.length > 0, "nothing came for too long");
  assert.deepEqual(new Set(encodingsOf(after)), new Set([1]));
  publisher.active = [0, 1, 2];
  publisher.keys.add(2);
  assert.deepEqual(encodingsOf(publisher.run(2)), [1, 1, 2, 2, 2, 2], "it starts again, with a key frame of its own");
});

test("a screen with a frame in five seconds is alive", () => {
  const publisher = new Publisher();
  publisher.run(3);
  for (let picture = 0; picture < 4; picture++) {
    for (let ms = 0; ms < 5000; ms += 100) {
      publisher.room.wait(100);
      publisher.room.tick();
    }
    assert.deepEqual(new Set(encodingsOf(publisher.run(1))), new Set([2]));
  }
});

test("when the wanted key frame does not come and nothing is to be seen, any encoding is asked for", () => {
  const publisher = new Publisher();
  publisher.run(30);
  publisher.consumer.setPaused(true, publisher.room.now);
  publisher.run(10);
  publisher.consumer.setPaused(false, publisher.room.now);
  publisher.answerKeyFrameRequests();
  assert.deepEqual([...publisher.keys], [2]);
  for (let ms = 0; ms < 8 * KEY_FRAME_PATIENCE_MS && !publisher.keys.has(0); ms += FRAME_MS) {
    publisher.keys.delete(2);
    publisher.run(1);
  }
  assert.ok(publisher.keys.has(0));
  publisher.keys.delete(2);
  assert.deepEqual(encodingsOf(publisher.run(1)).slice(0, 2), [0, 0]);
});

test("without bandwidth nothing is sent, and everything again when there is some", () => {
  const publisher = new Publisher();
  publisher.run(5);
  publisher.consumer.setAllocation(undefined, publisher.room.now);
  assert.equal(publisher.consumer.isStarved, true);
  assert.deepEqual(publisher.run(5), []);
  assert.equal(publisher.consumer.layers, undefined);
  publisher.consumer.setAllocation({ spatialLayer: 1, temporalLayer: 0 }, publisher.room.now);
  publisher.answerKeyFrameRequests();
  assert.deepEqual(new Set(encodingsOf(publisher.run(5))), new Set([1]));
  assert.equal(publisher.consumer.isStarved, false);
});

test("when the key frame's first packet comes late, what came before it is sent after it", () => {
  const publisher = new Publisher();
  const start = publisher.run(5);
  publisher.want(0);
  const [first, ...rest] = publisher.picture().filter(({ ssrc }) => ssrc === 1);
  assert.ok(first !== undefined);
  assert.deepEqual(publisher.room.publish(...rest), []);
  publisher.active = [0];
  const meanwhile = publisher.picture();
  const forwarded = publisher.room.publish(...meanwhile, first);
  assert.deepEqual(encodingsOf(forwarded), [0, 0, 0, 0]);
  const ordered = [...forwarded].sort((a, b) => (a.sequenceNumber - b.sequenceNumber) | 0);
  assertContinuous([...start.slice(-2), ...ordered, ...publisher.run(3)]);
});

test("a frame that is broken off by a switch is not taken for a whole one", () => {
  const publisher = new Publisher();
  const start = publisher.run(5);
  publisher.want(0);
  publisher.active = [2];
  const [half] = publisher.picture();
  assert.ok(half !== undefined);
  const [sent] = publisher.room.publish(half);
  publisher.active = [0];
  const [key] = publisher.run(1);
  assert.ok(sent !== undefined && key !== undefined);
  assert.equal((sent.sequenceNumber - (start.at(-1)?.sequenceNumber ?? 0)) & 0xffff, 1);
  assert.equal((key.sequenceNumber - sent.sequenceNumber) & 0xffff, 2);
});

for (const hasRtx of [false, true]) {
  test(`what was sent before and after a switch is sent again as it was${hasRtx ? ", by RTX" : ""}`, () => {
    const rtx = { payloadType: 97, name: "rtx", clockRate: 90_000, parameters: { apt: "96" }, feedback: [] };
    const publisher = new Publisher("VP8", { codecs: [codec("VP8"), rtx], hasRtx });
    const sent = publisher.run(3);
    publisher.want(0);
    sent.push(...publisher.run(3));
    publisher.room.wait(20);
    publisher.consumer.handleNack(
      sent.map(({ sequenceNumber }) => sequenceNumber),
      publisher.room.now,
    );
    const again = publisher.room.drain();
    assert.deepEqual(
      again.map(({ payload, timestamp, isMarked }) => ({ payload: hasRtx ? payload.slice(2) : payload, timestamp, isMarked })),
      sent.map(({ payload, timestamp, isMarked }) => ({ payload, timestamp, isMarked })),
    );
  });
}
