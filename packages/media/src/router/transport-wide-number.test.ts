import assert from "node:assert/strict";
import { test } from "node:test";
import { createPortableCrypto } from "@sluice/native";
import { readTransportWideSequenceNumber } from "../rtp/header-extension.js";
import { parseRtpHeader, RtpHeader } from "../rtp/rtp-header.js";
import { EXTENSION_URI, type RtpHeaderExtension } from "../rtp/rtp-parameters.js";
import { CONSUMER_RTX_SSRC, CONSUMER_SSRC, VirtualRoom } from "../testing/virtual-room.js";
import { MediaPacket } from "./media-packet.js";

const VP8 = { payloadType: 96, name: "VP8", clockRate: 90_000, parameters: {}, feedback: ["nack", "nack pli"] };
const RTX = { payloadType: 97, name: "rtx", clockRate: 90_000, parameters: { apt: "96" }, feedback: [] };
const TRANSPORT_WIDE = { id: 5, uri: EXTENSION_URI.transportWideSequenceNumber };
const SEND_TIME = { id: 6, uri: EXTENSION_URI.absoluteSendTime };

function openRoom(hasRtx: boolean, extension: RtpHeaderExtension = TRANSPORT_WIDE) {
  const codecs = hasRtx ? [VP8, RTX] : [VP8];
  const room = new VirtualRoom(createPortableCrypto, {
    kind: "video",
    codecs,
    encodings: [{ ssrc: 5 }],
    hasRtx,
    receiverExtensions: [extension],
  });
  let sequenceNumber = 0;
  /** Publishes one packet of a key frame and returns what left, datagram by datagram. */
  const publish = () => {
    const payload = [0x10, 0, 0, 0, sequenceNumber];
    room.accept({ ssrc: 5, payloadType: 96, sequenceNumber: sequenceNumber++, timestamp: 0, payload }, new MediaPacket());
    room.router.forward(room.now);
    return drain();
  };
  const drain = () => {
    const datagrams: { ssrc: number; number: number; sequenceNumber: number; text: string }[] = [];
    const { memory, pool } = room.port;
    for (let next = room.port.pollTransmit(); next !== undefined; next = room.port.pollTransmit()) {
      const slot = pool.take();
      memory.bytes.set(next.data, slot);
      const header = new RtpHeader();
      assert.ok(parseRtpHeader(memory, slot, next.data.length, header));
      const number = readTransportWideSequenceNumber(memory, header, extension.id);
      datagrams.push({ ssrc: header.ssrc >>> 0, number, sequenceNumber: header.sequenceNumber, text: next.data.join() });
      pool.release(slot);
    }
    return datagrams;
  };
  return { room, publish, drain };
}

test("every packet carries the next number", () => {
  const { publish } = openRoom(false);
  const numbers = Array.from({ length: 5 }, () => publish()[0]?.number);
  assert.deepEqual(numbers, [1, 2, 3, 4, 5]);
});

test("[RFC3711 §9.1] without RTX a packet is sent again byte for byte, number included, and is not a new one", () => {
  for (const extension of [TRANSPORT_WIDE, SEND_TIME]) {
    const { room, publish, drain } = openRoom(false, extension);
    const [first] = publish();
    room.wait(7);
    publish();
    room.wait(100);
    room.consumer.outlet.setNow(room.now);
    room.consumer.handleNack([first?.sequenceNumber ?? 0], room.now);
    const [again] = drain();
    assert.equal(again?.text, first?.text);
    if (extension === TRANSPORT_WIDE) assert.equal(publish()[0]?.number, 3);
  }
});

test("by RTX it is a packet of its own, with a number of its own", () => {
  const { room, publish, drain } = openRoom(true);
  const [first] = publish();
  publish();
  room.wait(100);
  room.consumer.handleNack([first?.sequenceNumber ?? 0], room.now);
  const [again] = drain();
  assert.equal(again?.ssrc, CONSUMER_RTX_SSRC);
  assert.equal(again?.number, 3);
  const [next] = publish();
  assert.equal(next?.ssrc, CONSUMER_SSRC);
  assert.equal(next?.number, 4);
});

test("in-band retransmission stays the same beyond the wrap of the numbers", () => {
  const { room, publish, drain } = openRoom(false);
  const { bandwidth } = room.consumer.outlet;
  publish();
  for (let count = 2; count < 0x10000; count++) bandwidth.sentPackets.add(100, 0, room.now);
  const [wrapped] = publish();
  assert.equal(wrapped?.number, 0);
  room.wait(100);
  room.consumer.handleNack([wrapped?.sequenceNumber ?? 0], room.now);
  assert.equal(drain()[0]?.text, wrapped?.text);
});

test("padding goes out in the RTX stream, numbered, and is exactly as long as asked", () => {
  const { room, publish, drain } = openRoom(true);
  assert.ok(room.consumer.canSendPadding, "before any media too");
  publish();
  assert.ok(room.consumer.sendPadding(255));
  assert.ok(room.consumer.sendPadding(1));
  const padding = drain();
  assert.deepEqual(
    padding.map(({ ssrc, number, sequenceNumber }) => [ssrc, number, sequenceNumber]),
    [
      [CONSUMER_RTX_SSRC, 2, 0],
      [CONSUMER_RTX_SSRC, 3, 1],
    ],
  );
  const sizes = padding.map(({ text }) => text.split(",").length);
  assert.equal((sizes[0] ?? 0) - (sizes[1] ?? 0), 254);
});
