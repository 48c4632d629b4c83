import assert from "node:assert/strict";
import { test } from "node:test";
import { createPacketMemory, SLOT_BYTES } from "../bytes/packet-memory.js";
import { PacketPool } from "../bytes/packet-pool.js";
import { Producer } from "../router/producer.js";
import { SenderClock } from "../router/sender-clock.js";
import type { KnownRtcpPacket } from "../rtcp/rtcp-packet.js";
import { after, instant } from "../time/instant.js";
import { CongestionFeedback } from "./congestion-feedback.js";
import { pollFeedback } from "./upstream-feedback.js";

const t0 = instant(1_000_000);

/** A publisher of one stream that agreed on this feedback, and what it is sent. */
function publisher(feedback: readonly string[]) {
  const memory = createPacketMemory(8 * SLOT_BYTES);
  const pool = new PacketPool(0, memory.bytes.length);
  const codec = { payloadType: 96, name: "VP8", clockRate: 90_000, parameters: {}, feedback };
  const rtp = { mid: "0", kind: "video" as const, codecs: [codec], headerExtensions: [], encodings: [] };
  const producer = new Producer(memory, pool, new SenderClock(), { producerId: "p", rtp, isPaused: false });
  const stream = producer.openStream(0xf000_0001, undefined, 96);
  assert.ok(stream !== undefined);
  const sent: KnownRtcpPacket[] = [];
  const source = {
    outlet: { isReady: true },
    reception: {
      congestion: new CongestionFeedback(),
      get producers() {
        return [producer].values();
      },
    },
    roundTripMs: 40,
    sendRtcp: (packets: readonly KnownRtcpPacket[]) => sent.push(...packets) > 0,
  };
  const poll = (ms: number) => pollFeedback(source, after(t0, ms));
  const receive = (...sequenceNumbers: readonly number[]) => {
    for (const sequenceNumber of sequenceNumbers) stream.nack?.handlePacket(sequenceNumber, t0);
  };
  const nacked = () => sent.flatMap((packet) => (packet.type === "nack" ? packet.sequenceNumbers : []));
  return { producer, sent, poll, receive, nacked };
}

test("[RFC4585 §6.3.1] a key frame is asked for by PLI, in a compound that begins with a report", () => {
  const { producer, sent, poll } = publisher(["nack pli", "ccm fir"]);
  producer.requestKeyFrame(t0);
  poll(0);
  assert.deepEqual(
    sent.map(({ type }) => type),
    ["receiverReport", "pli"],
  );
});

test("[RFC5104 §4.3.1] a publisher that understands FIR alone gets FIRs, each with a number of its own", () => {
  const { producer, sent, poll } = publisher(["ccm fir"]);
  producer.requestKeyFrame(t0);
  poll(0);
  poll(1000);
  const numbers = sent.flatMap((packet) => (packet.type === "fir" ? packet.entries : []));
  assert.deepEqual(numbers, [
    { ssrc: 0xf000_0001, sequenceNumber: 1 },
    { ssrc: 0xf000_0001, sequenceNumber: 2 },
  ]);
});

test("nothing is asked for when nothing is missing", () => {
  const { sent, poll } = publisher(["nack", "nack pli"]);
  poll(0);
  poll(5000);
  assert.deepEqual(sent, []);
});

test("a loss is asked for after the grace and again after the publisher's round trip; given up, a key frame is", () => {
  const { producer, sent, poll, receive, nacked } = publisher(["nack", "nack pli"]);
  producer.onPacket = () => undefined;
  receive(1, 3);
  for (const ms of [0, 10, 49]) poll(ms);
  assert.deepEqual(nacked(), [2]);
  poll(50);
  assert.deepEqual(nacked(), [2, 2]);
  assert.ok(sent.every(({ type }) => type !== "pli"));
  for (let ms = 60; ms < 3000; ms += 10) poll(ms);
  assert.ok(sent.some(({ type }) => type === "pli"));
});

test("a stream that nobody watches asks for no packets, nor for what it lost meanwhile when somebody comes", () => {
  const { producer, sent, poll, receive, nacked } = publisher(["nack", "nack pli"]);
  receive(1, 3);
  for (let ms = 0; ms < 500; ms += 10) poll(ms);
  assert.deepEqual(sent, []);
  producer.onPacket = () => undefined;
  receive(5);
  poll(500);
  assert.deepEqual(nacked(), [4]);
});

test("attack 20: a thousand losses at once are asked for in packets that fit a datagram", () => {
  const { producer, sent, poll, receive, nacked } = publisher(["nack"]);
  producer.onPacket = () => undefined;
  // Every second packet: the bitmasks help; every 18th: they do not.
  receive(...Array.from({ length: 50 }, (_, index) => index * 18));
  poll(20);
  assert.equal(nacked().length, 49 * 17);
  assert.ok(sent.filter(({ type }) => type === "nack").length >= 5);
});
