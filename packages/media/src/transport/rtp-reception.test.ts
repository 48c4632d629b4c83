import assert from "node:assert/strict";
import { test } from "node:test";
import { createPortableCrypto } from "@sluice/native";
import { EXTENSION_URI } from "../rtp/rtp-parameters.js";
import { type PublishedPacket, VirtualRoom } from "../testing/virtual-room.js";
import { MAX_SSRCS, MAX_STRAY_SSRCS, NEW_SSRCS, RtpReception } from "./rtp-reception.js";

const VP8 = { payloadType: 96, name: "VP8", clockRate: 90_000, parameters: {}, feedback: ["nack"] };
const RTX = { payloadType: 97, name: "rtx", clockRate: 90_000, parameters: { apt: "96" }, feedback: [] };
const MID_ID = 1;
const RID_ID = 2;
const REPAIRED_RID_ID = 3;

const ascii = (text: string) => [...text].map((character) => character.charCodeAt(0));
const KEY_FRAME = [0x10, 0x00, 1, 2];

function openRoom(slots = 4096): VirtualRoom {
  const headerExtensions = [
    { id: MID_ID, uri: EXTENSION_URI.mid },
    { id: RID_ID, uri: EXTENSION_URI.rid },
    { id: REPAIRED_RID_ID, uri: EXTENSION_URI.repairedRid },
  ];
  return new VirtualRoom(createPortableCrypto, { kind: "video", codecs: [VP8, RTX], headerExtensions, slots });
}

function packet(ssrc: number, sequenceNumber: number, more: Partial<PublishedPacket> = {}): PublishedPacket {
  const extensions = { [MID_ID]: ascii("0") };
  return { ssrc, payloadType: 96, sequenceNumber, timestamp: 0, payload: KEY_FRAME, extensions, ...more };
}

const rtx = (ssrc: number, sequenceNumber: number, original: number) =>
  packet(ssrc, sequenceNumber, { payloadType: 97, payload: [original >> 8, original & 0xff, ...KEY_FRAME] });

test("[RFC8843 §9.2] an SSRC that SDP did not name belongs where its MID says", () => {
  const room = openRoom();
  assert.equal(room.publish(packet(5, 1)).length, 1);
  assert.equal(room.publish(packet(5, 2, { extensions: {} })).length, 1, "once known, the SSRC is enough");
  assert.deepEqual(room.publish(packet(6, 1, { extensions: { [MID_ID]: ascii("nobody") } })), []);
  assert.deepEqual(room.publish(packet(7, 1, { extensions: {} })), []);
});

test("[RFC4588 §4] RTX that no SDP names repairs the present stream, after a restart too", () => {
  const room = openRoom();
  for (const generation of [0, 100]) {
    room.publish(packet(generation + 1, 10), packet(generation + 1, 12));
    const repaired = room.publish(rtx(generation + 2, 1, 11));
    assert.deepEqual(
      repaired.map(({ payload }) => payload),
      [KEY_FRAME],
    );
  }
});

test("attack 16: packets of a stream that was replaced are refused and keep no slot, however many there were", () => {
  const room = openRoom(64);
  for (let restart = 0; restart < 100; restart++) {
    const ssrc = 1000 + restart;
    room.wait(1000 / NEW_SSRCS.perSecond);
    assert.equal(room.publish(packet(ssrc, 1)).length, 1, `restart ${restart}`);
    if (restart > 0) for (let late = 2; late < 10; late++) assert.deepEqual(room.publish(packet(ssrc - 1, late)), []);
  }
  assert.ok(room.port.pool.capacity - room.port.pool.available <= 1);
});

test("a publisher may restart more often than there are SSRCs to remember", () => {
  const room = openRoom();
  for (let restart = 0; restart < 2 * MAX_SSRCS; restart++) {
    assert.equal(room.publish(packet(1000 + restart, 1)).length, 1, `restart ${restart}`);
    room.publish(rtx(50_000 + restart, 1, 0));
    room.wait(2000 / NEW_SSRCS.perSecond);
  }
});

test("attack 16: a new SSRC in every packet, each with a MID that is there, begins few streams", () => {
  const room = openRoom();
  for (let ssrc = 1; ssrc <= 2000; ssrc++) room.publish(packet(ssrc, 1));
  assert.equal(room.producer.streams[0]?.ssrc, NEW_SSRCS.burst);
  room.wait(1000);
  for (let ssrc = 3000; ssrc < 4000; ssrc++) room.publish(packet(ssrc, 1));
  assert.equal(room.producer.streams[0]?.ssrc, 3000 + NEW_SSRCS.perSecond - 1);
});

test("a sender report from an RTX SSRC is not one of the stream that it repairs", () => {
  const room = openRoom();
  room.publish(packet(1, 10), packet(1, 12));
  room.publish(rtx(2, 1, 11));
  assert.ok(room.reception.streamFor(1) !== undefined);
  assert.equal(room.reception.streamFor(2), undefined);
});

test("attack 16: SSRCs without a Producer are remembered up to a number, the latest; one that is claimed is kept", () => {
  const forgotten: number[] = [];
  const room = openRoom();
  const reception = new RtpReception(room.port.memory, (ssrc) => forgotten.push(ssrc));
  reception.openProducer(room.producer);
  for (let ssrc = 1; ssrc <= MAX_STRAY_SSRCS; ssrc++) reception.handleStray(ssrc);
  reception.handleStray(1);
  assert.deepEqual(forgotten, []);
  for (const ssrc of [101, 102]) reception.handleStray(ssrc);
  assert.deepEqual(forgotten, [2, 3]);
});
