import assert from "node:assert/strict";
import { test } from "node:test";
import { createDtlsPort, createPortableCrypto } from "@sluice/native";
import { Link } from "@sluice/netem";
import { KEY_FRAME_REQUEST_INTERVAL_MS } from "../router/key-frame-requester.js";
import { RETRANSMISSION } from "../router/retransmission-limits.js";
import type { KnownRtcpPacket } from "../rtcp/rtcp-packet.js";
import { VirtualCall, type VirtualSubscriber } from "../testing/virtual-call.js";
import { VirtualCamera } from "../testing/virtual-camera.js";
import type { VirtualPlatform } from "../testing/virtual-endpoint.js";
import type { VirtualDatagram } from "../testing/virtual-port.js";
import type { Instant } from "../time/instant.js";
import { FEEDBACK_QUEUE } from "./feedback-queue.js";

const PLATFORM: VirtualPlatform = {
  createCrypto: (memory) => createPortableCrypto(memory),
  createDtls: () => createDtlsPort({ clock: "virtual" }),
};

const REPORT: KnownRtcpPacket = { type: "receiverReport", ssrc: 1, reports: [] };

function openCall(subscribers: number): VirtualCall<Link> {
  const options = { seed: 5, hasRtx: true, subscribers, subscriberSlots: 256 };
  const call = new VirtualCall(PLATFORM, (seed) => new Link(seed, { delayMs: 10 }), options);
  call.connect();
  return call;
}

/** What the subscriber receives under, on the wire. */
function mediaSsrc({ received }: VirtualSubscriber): number {
  return (received.activeStream?.ssrc ?? 0) >>> 0;
}

function send({ endpoint }: VirtualSubscriber, packet: KnownRtcpPacket): void {
  endpoint.core.transport("node").sendRtcp([REPORT, packet]);
}

function pli(subscriber: VirtualSubscriber): void {
  send(subscriber, { type: "pli", senderSsrc: 1, mediaSsrc: mediaSsrc(subscriber) });
}

function keyFrameRequests(call: VirtualCall<Link>): number {
  const [producer] = call.node.core.router("room").producers.values();
  return producer?.activeStream?.keyFrameRequestsSent ?? 0;
}

test("attack 19: 500 subscribers that all send PLI reach the publisher as two requests a second, whether it answers or not", () => {
  const call = openCall(500);
  const camera = new VirtualCamera(call, 1);
  call.network.run(1000, undefined, (now) => camera.handleStep(now));
  for (const isAnswered of [true, false]) {
    const before = keyFrameRequests(call);
    let next = call.network.now;
    const storm = (now: Instant) => {
      if (isAnswered) camera.handleStep(now);
      if (now < next) return;
      next = (next + 100_000) as Instant;
      for (const subscriber of call.subscribers) pli(subscriber);
    };
    const seconds = 4;
    call.network.run(seconds * 1000, undefined, storm);
    const requests = keyFrameRequests(call) - before;
    assert.ok(requests <= (seconds * 1000) / KEY_FRAME_REQUEST_INTERVAL_MS + 1, `${requests} requests in ${seconds} s`);
    assert.ok(requests >= seconds / 2, `${requests} requests in ${seconds} s`);
  }
  assert.equal(call.node.core.drops.authentication, 0);
});

test("attack 19: a subscriber that asks for everything again, all the time, gets at most twice what it was sent", () => {
  const call = openCall(2);
  const camera = new VirtualCamera(call);
  const [mallory, carol] = call.subscribers;
  assert.ok(mallory !== undefined && carol !== undefined);
  const numbers = new Set<number>();
  carol.watch((number) => numbers.add(number));
  let highest = 0;
  mallory.received.onPacket = ({ header }) => {
    highest = Math.max(highest, header.extendedSequenceNumber);
  };
  call.network.run(1000, undefined, (now) => camera.handleStep(now));
  const { outlet } = call.node.core.transport(mallory.transportId);
  const fair = call.node.core.transport(carol.transportId).outlet;
  const [sent, sentFairly] = [outlet.bytesSent, fair.bytesSent];
  const flood = (now: Instant) => {
    camera.handleStep(now);
    const sequenceNumbers = Array.from({ length: 17 * 15 }, (_, back) => (highest - back) & 0xffff).reverse();
    send(mallory, { type: "nack", senderSsrc: 1, mediaSsrc: mediaSsrc(mallory), sequenceNumbers });
  };
  call.network.run(10_000, undefined, flood);
  const ratio = (outlet.bytesSent - sent - RETRANSMISSION.freeBytes) / (fair.bytesSent - sentFairly);
  assert.ok(ratio > 1.2 && ratio <= 2.1, `${ratio} times`);
  call.network.run(200);
  assert.equal(numbers.size, camera.sent, "Carol gets what she should");
});

test("attack 19: overload by feedback drops feedback, not media, and the work at one wake-up is bounded", () => {
  const call = openCall(40);
  const camera = new VirtualCamera(call);
  call.network.run(1000, undefined, (now) => camera.handleStep(now));
  const { node, alice, network, subscribers } = call;
  // 40 × 20 compounds that each ask for 256 packets, and in the middle of them Alice's next frame.
  const collect = (from: typeof node): VirtualDatagram[] => {
    const datagrams: VirtualDatagram[] = [];
    for (let datagram = from.port.pollTransmit(); datagram !== undefined; datagram = from.port.pollTransmit()) {
      datagrams.push(datagram);
    }
    return datagrams;
  };
  const flood = subscribers.flatMap((subscriber) => {
    const sequenceNumbers = Array.from({ length: 256 }, (_, back) => {
      return ((subscriber.received.activeStream?.highest ?? 0) - 255 + back) & 0xffff;
    });
    for (let count = 0; count < 20; count++) {
      send(subscriber, { type: "nack", senderSsrc: 1, mediaSsrc: mediaSsrc(subscriber), sequenceNumbers });
    }
    return collect(subscriber.endpoint);
  });
  assert.equal(flood.length, 800);
  collect(alice);
  const before = camera.sent;
  while (camera.sent === before) {
    network.now = (network.now + 1000) as Instant;
    camera.handleStep(network.now);
  }
  alice.core.handleBatchEnd(network.now);
  const media = collect(alice);
  assert.equal(media.length, 8);
  collect(node);
  const { packetsForwarded } = node.core;
  node.port.deliverBatch([...flood.slice(0, 400), ...media, ...flood.slice(400)], node.core, network.now);
  assert.equal(node.core.packetsForwarded - packetsForwarded, 8 * 40, "all media went out at once");
  const { capacity, reservedForReports, workPerDrain } = FEEDBACK_QUEUE;
  assert.equal(node.core.drops.feedbackQueueFull, 800 - (capacity - reservedForReports));
  const sent = collect(node).length;
  assert.ok(sent <= 8 * 40 + workPerDrain + 256, `${sent} datagrams at one wake-up`);
});

test("NACKs are answered within the wake-up in which they come", () => {
  const call = openCall(1);
  const camera = new VirtualCamera(call);
  call.network.run(1000, undefined, (now) => camera.handleStep(now));
  const { node, network, bob } = call;
  const before = node.core.consumer("down").retransmitted;
  const sequenceNumbers = [(bob.received.activeStream?.highest ?? 0) & 0xffff];
  send(bob, { type: "nack", senderSsrc: 1, mediaSsrc: mediaSsrc(bob), sequenceNumbers });
  const nack = bob.endpoint.port.pollTransmit();
  assert.ok(nack !== undefined);
  node.port.deliver(nack, node.core, network.now);
  assert.equal(node.core.consumer("down").retransmitted, before + 1);
});
