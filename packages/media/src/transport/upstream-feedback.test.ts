import assert from "node:assert/strict";
import { test } from "node:test";
import { createPacketMemory, SLOT_BYTES } from "../bytes/packet-memory.js";
import { PacketPool } from "../bytes/packet-pool.js";
import { Producer } from "../router/producer.js";
import { SenderClock } from "../router/sender-clock.js";
import type { KnownRtcpPacket } from "../rtcp/rtcp-packet.js";
import { after, instant } from "../time/instant.js";
import { pollFeedback } from "./upstream-feedback.js";

const t0 = instant(1_000_000);

/** A publisher of one stream that agreed on this feedback, and what it is sent. */
function publisher(feedback: readonly string[]) {
  const memory = createPacketMemory(8 * SLOT_BYTES);
  const pool = new PacketPool(0, memory.bytes.length);
  const codec = { payloadType: 96, name: "VP8", clockRate: 90_000, parameters: {}, feedback };
  const rtp = { mid: "0", kind: "video" as const, codecs: [codec], headerExtensions: [], encodings: [] };
  const producer = new Producer(memory, pool, new SenderClock(), { producerId: "p", rtp, isPaused: false });
  assert.ok(producer.openStream(0xf000_0001, undefined, 96));
  const sent: KnownRtcpPacket[] = [];
  const source = {
    outlet: { isReady: true },
    reception: { producers: [producer].values() },
    sendRtcp: (packets: readonly KnownRtcpPacket[]) => sent.push(...packets) > 0,
  };
  const poll = (ms: number) => {
    source.reception.producers = [producer].values();
    pollFeedback(source, after(t0, ms));
  };
  return { producer, sent, poll };
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
