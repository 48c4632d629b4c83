/** A participant in the room by right, who sends what no honest client sends. Everybody else's call goes on; nothing grows. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createDtlsPort, createPortableCrypto } from "@sluice/native";
import { Link } from "@sluice/netem";
import { SCRATCH } from "../bytes/packet-memory.js";
import { serializeRtcp } from "../rtcp/rtcp-compound.js";
import type { KnownRtcpPacket } from "../rtcp/rtcp-packet.js";
import { MAX_SRTP_STREAMS } from "../srtp/srtp-receiver.js";
import { VirtualCall, type VirtualSubscriber } from "../testing/virtual-call.js";
import { VirtualCamera } from "../testing/virtual-camera.js";
import type { VirtualEndpoint, VirtualPlatform } from "../testing/virtual-endpoint.js";
import type { Instant } from "../time/instant.js";
import { MAX_ENDED_SSRCS, MAX_STRAY_SSRCS } from "./rtp-reception.js";

const PLATFORM: VirtualPlatform = {
  createCrypto: (memory) => createPortableCrypto(memory),
  createDtls: () => createDtlsPort({ clock: "virtual" }),
};

const VP8 = { payloadType: 96, name: "VP8", clockRate: 90_000, parameters: {}, feedback: ["nack", "nack pli"] };
const RTX = { payloadType: 97, name: "rtx", clockRate: 90_000, parameters: { apt: "96" }, feedback: [] };
const MALLORY_SSRC = 0x6000;

/** Alice publishes to Bob and Mallory; Mallory may publish too. */
function openCall() {
  const options = { seed: 9, hasRtx: true, subscribers: 2 };
  const call = new VirtualCall(PLATFORM, (seed) => new Link(seed, { delayMs: 10 }), options);
  call.connect();
  const camera = new VirtualCamera(call);
  const numbers = new Set<number>();
  call.bob.watch((number) => numbers.add(number));
  const [, mallory] = call.subscribers;
  assert.ok(mallory !== undefined);
  call.node.core.openProducer(mallory.transportId, {
    producerId: "mallory",
    rtp: {
      mid: "9",
      kind: "video",
      codecs: [VP8, RTX],
      headerExtensions: [],
      encodings: [{ ssrc: MALLORY_SSRC, rtxSsrc: MALLORY_SSRC + 1 }],
    },
    isPaused: false,
  });
  const run = (ms: number, attack: (now: Instant) => void = () => undefined) => {
    call.network.run(ms, undefined, (now) => {
      camera.handleStep(now);
      attack(now);
    });
  };
  run(1000);
  /** Bob has got everything that Alice sent, and Mallory is still there: nobody is thrown out by what she says. */
  const assertUnharmed = () => {
    call.network.run(500);
    assert.equal(numbers.size, camera.sent);
    assert.equal(call.node.core.drops.authentication, 0, "Mallory's datagrams are authentic");
    for (const { transportId } of call.subscribers) {
      assert.equal(call.node.core.transport(transportId).state.type, "connected");
    }
  };
  const { drops } = call.node.core;
  return { call, node: call.node, mallory, run, assertUnharmed, drops };
}

/** One RTP packet under Mallory's keys, whatever its header says. */
function sendRtp(
  { port, core }: VirtualEndpoint,
  header: readonly number[],
  payload: readonly number[],
  ssrc: number,
  sequenceNumber: number,
): void {
  const { bytes } = port.memory;
  bytes.set(header, SCRATCH.header);
  bytes.set(payload, SCRATCH.packet);
  const { outlet } = core.transport("node");
  const [, markerAndPayloadType = 0] = header;
  const { length } = header;
  outlet.sendRtp(SCRATCH.header, length, markerAndPayloadType, ssrc, sequenceNumber, 0, SCRATCH.packet, payload.length, false);
}

const plainHeader = (payloadType = 96) => [0x80, payloadType, ...new Array<number>(10).fill(0)];
const KEY_FRAME = [0x10, 0x00, 1, 2, 3];

/** One RTCP datagram under Mallory's keys, whatever is in it. */
function sendRtcp({ port, core }: VirtualEndpoint, compound: Uint8Array): void {
  const { sender, address } = core.transport("node").outlet;
  assert.ok(sender !== undefined);
  const offset = port.reserve();
  port.memory.bytes.set(compound, offset);
  port.commit(address, sender.protectRtcp(offset, compound.length));
}

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ""), "hex"));

function ssrcOf({ received }: VirtualSubscriber): number {
  return (received.activeStream?.ssrc ?? 0) >>> 0;
}

test("attack 16: an SSRC flood is dropped and counted, and a number of SSRCs is remembered, no more", () => {
  const { node, mallory, run, assertUnharmed, drops } = openCall();
  let ssrc = 0x10_0000;
  run(2000, () => {
    for (let count = 0; count < 50; count++) sendRtp(mallory.endpoint, plainHeader(), KEY_FRAME, ssrc++, 1);
  });
  assert.ok(drops.unknownSsrc > 1000);
  assert.ok(MAX_STRAY_SSRCS + MAX_ENDED_SSRCS < MAX_SRTP_STREAMS);
  // An honest stream still gets through.
  sendRtp(mallory.endpoint, plainHeader(), KEY_FRAME, MALLORY_SSRC, 1);
  assertUnharmed();
  assert.equal(node.core.router("room").producers.get("mallory")?.activeStream?.packets, 1);
});

test("attack 17: padding beyond the payload, RTX of one byte, of nothing and of a stranger's are dropped and counted", () => {
  const { node, mallory, run, assertUnharmed, drops } = openCall();
  const { endpoint } = mallory;
  const before = { ...drops };
  let number = 1;
  const send = (header: readonly number[], payload: readonly number[], ssrc = MALLORY_SSRC) => {
    sendRtp(endpoint, header, payload, ssrc, number++);
  };
  const padded = [0xa0, ...plainHeader().slice(1)];
  send(padded, [0x10, 0, 1, 200]);
  send(padded, [0x10, 0, 1, 0]);
  send(padded, []);
  run(100);
  assert.equal(drops.malformedRtp - before.malformedRtp, 3);
  send(plainHeader(), KEY_FRAME);
  for (const payload of [[], [7], [0, 1]]) send(plainHeader(97), payload, MALLORY_SSRC + 1);
  run(100);
  assert.ok(drops.unwantedRtp - before.unwantedRtp >= 2, `${drops.unwantedRtp} unwanted`);
  // CSRCs and an extension block that reach beyond the packet, and version 1.
  for (const first of [0x8f, 0x90, 0x40]) send([first, ...plainHeader().slice(1)], [1]);
  run(100);
  assert.equal(drops.malformedRtp - before.malformedRtp + drops.unknownProtocol - before.unknownProtocol, 6);
  assertUnharmed();
  const held = node.core.router("room").producers.get("mallory")?.activeStream?.buffer.count ?? 0;
  assert.ok(held <= 3, `${held} packets are held`);
});

test("attack 18: malformed VP8 payloads are dropped and counted, and not asked for again", () => {
  const { node, mallory, run, assertUnharmed, drops } = openCall();
  sendRtp(mallory.endpoint, plainHeader(), KEY_FRAME, MALLORY_SSRC, 1);
  const payloads = [[0x90], [0x90, 0x80], [0x90, 0x80, 0x80], [0x90, 0xf0, 0x80, 1], [0x10]];
  for (const [index, payload] of payloads.entries()) sendRtp(mallory.endpoint, plainHeader(), payload, MALLORY_SSRC, 2 + index);
  run(500);
  assert.equal(drops.malformedPayload, payloads.length);
  assert.equal(node.core.router("room").producers.get("mallory")?.activeStream?.packetsNacked, 0);
  assertUnharmed();
});

test("attack 19: every kind of hostile RTCP for five seconds: nobody else notices", () => {
  const { call, node, mallory, run, assertUnharmed, drops } = openCall();
  const mine = ssrcOf(mallory);
  const bobs = ssrcOf(call.bob);
  const compound = (...packets: readonly KnownRtcpPacket[]) => serializeRtcp(packets);
  const absurd = { ssrc: mine, fractionLost: 255, cumulativeLost: -0x80_0000, jitter: 0xffff_ffff };
  const times = { lastSenderReport: 0xffff_ffff, delaySinceLastSenderReport: 0xffff_ffff };
  const report = { ...absurd, ...times, extendedHighestSequenceNumber: 0xffff_ffff };
  const senderReport = { ntpSeconds: 0xffff_ffff, ntpFraction: 0xffff_ffff, rtpTimestamp: 0xffff_ffff };
  const hostile = [
    bytesOf(`8fcd0008 00000001 00000002 0000ffff 00000000 ${"1fff".repeat(8)}`),
    bytesOf("8fce0004 00000001 00000000 52454d42 00000000"),
    bytesOf("8fce0004 00000001 00000000 52454d42 00b7ffff"),
    bytesOf("8fce0004 00000001 00000000 52454d42 00ffffff"),
    bytesOf("81ca0002 00000001 01ff6868"),
    bytesOf("80cf0002 00000001 0400ffff"),
    bytesOf("9fca0001 00000001"),
    bytesOf("81ce0002 00000001"),
    bytesOf("a1ce0002 00000001 00000009"),
    Uint8Array.from({ length: 1400 }, (_, at) => (at === 1 ? 204 : 0x80)),
    compound({ type: "receiverReport", ssrc: 1, reports: new Array(31).fill(report) }),
    compound({ type: "senderReport", ssrc: bobs, ...senderReport, packetCount: 1, octetCount: 1, reports: [] }),
    compound({ type: "senderReport", ssrc: 0x1111, ...senderReport, packetCount: 1, octetCount: 1, reports: [] }),
    compound({ type: "nack", senderSsrc: 1, mediaSsrc: mine, sequenceNumbers: Array.from({ length: 4301 }, (_, at) => at) }),
    compound({ type: "nack", senderSsrc: 1, mediaSsrc: bobs, sequenceNumbers: [1, 2, 3] }),
    compound({ type: "fir", senderSsrc: 1, entries: [{ ssrc: mine, sequenceNumber: 1 }] }),
    compound({ type: "bye", ssrcs: [mine, bobs, 0x1111], reason: "gone" }),
    compound({
      type: "extendedReport",
      ssrc: 1,
      delays: [{ ssrc: 1, lastReferenceTime: 0xffff_ffff, delaySinceLast: 0xffff_ffff }],
    }),
  ];
  const malformed = drops.malformedRtcp;
  let next = 0;
  run(5000, () => {
    for (let count = 0; count < 4; count++) sendRtcp(mallory.endpoint, hostile[next++ % hostile.length] as Uint8Array);
  });
  assert.ok(drops.malformedRtcp - malformed > 100, `${drops.malformedRtcp} were malformed`);
  const { roundTripMs, outlet } = node.core.transport(mallory.transportId);
  assert.ok(roundTripMs === undefined || (roundTripMs >= 0 && roundTripMs <= 60_000), `round trip ${roundTripMs} ms`);
  const { estimateBps } = outlet.bandwidth;
  assert.ok(estimateBps === undefined || (estimateBps >= 30_000 && estimateBps <= 100_000_000), `${estimateBps} bit/s`);
  const ours = node.core.transport(call.bob.transportId).roundTripMs;
  assert.ok(ours !== undefined && Math.abs(ours - 20) < 2, `Bob's round trip ${ours} ms`);
  assertUnharmed();
});

test("attack 19: absurd times in a publisher's own sender reports reach nobody as anything but its own clock", () => {
  const { call, mallory, node, run, assertUnharmed } = openCall();
  sendRtp(mallory.endpoint, plainHeader(), KEY_FRAME, MALLORY_SSRC, 1);
  for (const [ntpSeconds, rtpTimestamp] of [
    [0, 0],
    [0xffff_ffff, 0xffff_ffff],
    [0xe000_0000, 1],
    [1, 0x8000_0000],
  ] as const) {
    const report = { ssrc: MALLORY_SSRC, ntpSeconds, ntpFraction: 0xffff_ffff, rtpTimestamp, packetCount: 1, octetCount: 1 };
    sendRtcp(mallory.endpoint, serializeRtcp([{ type: "senderReport", ...report, reports: [] }]));
    run(500);
  }
  const theirs = call.bob.received.activeStream?.senderReport;
  assert.ok(theirs !== undefined && Math.abs(theirs.ntp - 3_900_000_000_000 - call.network.now / 1000) < 2000);
  assert.equal(node.core.drops.malformedRtcp, 0);
  assertUnharmed();
});

test("attack 20: a publisher that is silent for 30 s and comes back with its timestamps set back", () => {
  const { call } = openCall();
  call.network.run(30_000);
  const numbers = new Set<number>();
  call.bob.watch((number) => numbers.add(number));
  const camera = new VirtualCamera(call);
  call.network.run(3000, undefined, (now) => camera.handleStep(now));
  call.network.run(500);
  assert.equal(numbers.size, camera.sent);
});

test("attack 20: every datagram twice costs nobody anything", () => {
  const { call, run, assertUnharmed, drops } = openCall();
  for (const link of call.links) link.setParameters({ duplicateProbability: 1 });
  run(2000);
  for (const link of call.links) link.setParameters({ duplicateProbability: 0 });
  assertUnharmed();
  assert.ok(drops.replayed > 400);
});
