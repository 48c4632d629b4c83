/** Congestion control through a whole node in virtual time: a publisher, the node, and a subscriber behind a thin link. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createDtlsPort, createPortableCrypto } from "@sluice/native";
import { Link, type LinkParameters } from "@sluice/netem";
import { LocalSource } from "../router/local-source.js";
import { EXTENSION_URI, type RtpCodec } from "../rtp/rtp-parameters.js";
import { joinNode } from "../testing/join-node.js";
import { VirtualEndpoint, type VirtualPlatform } from "../testing/virtual-endpoint.js";
import { VirtualNetwork } from "../testing/virtual-network.js";
import { after, type Instant, instant } from "../time/instant.js";

const PLATFORM: VirtualPlatform = {
  createCrypto: (memory) => createPortableCrypto(memory),
  createDtls: () => createDtlsPort({ clock: "virtual" }),
};
const FEEDBACK = ["nack", "nack pli", "transport-cc"];
const VP8: RtpCodec = { payloadType: 96, name: "VP8", clockRate: 90_000, parameters: {}, feedback: FEEDBACK };
const RTX: RtpCodec = { payloadType: 97, name: "rtx", clockRate: 90_000, parameters: { apt: "96" }, feedback: [] };
const TRANSPORT_WIDE = { id: 3, uri: EXTENSION_URI.transportWideSequenceNumber };
const UP_SSRC = 0x1111;
const DOWN_SSRC = 0x2222;
const FRAME_MS = 33;
const PACKET_BYTES = 1100;

interface CallOptions {
  readonly hasRtx: boolean;
  readonly hasTransportWide: boolean;
  readonly downlink: Partial<LinkParameters>;
}

/** `sourceBps`: what the camera makes when the node's estimate for Bob is this. */
function openCall(seed: number, { hasRtx, hasTransportWide, downlink }: CallOptions) {
  const node = new VirtualEndpoint(PLATFORM, { family: "IPv4", ip: "192.0.2.1", port: 7882 });
  const alice = new VirtualEndpoint(PLATFORM, { family: "IPv4", ip: "192.0.2.2", port: 5000 });
  const bob = new VirtualEndpoint(PLATFORM, { family: "IPv4", ip: "192.0.2.3", port: 5000 });
  const network = new VirtualNetwork(instant(1_000_000));
  for (const { port, core } of [node, alice, bob]) network.attach(port, core);
  const toBob = new Link(seed, { delayMs: 20, ...downlink });
  joinNode(network, node, alice, "alice", {
    toNode: new Link(seed + 1, { delayMs: 10 }),
    fromNode: new Link(seed + 2, { delayMs: 10 }),
  });
  joinNode(network, node, bob, "bob", { toNode: new Link(seed + 3, { delayMs: 20 }), fromNode: toBob });
  const { now } = network;

  const codecs = hasRtx ? [VP8, RTX] : [VP8];
  const headerExtensions = hasTransportWide ? [TRANSPORT_WIDE] : [];
  const rtp = (ssrc: number) => ({
    mid: "0",
    kind: "video" as const,
    codecs,
    headerExtensions,
    encodings: [hasRtx ? { ssrc, rtxSsrc: ssrc + 1 } : { ssrc }],
  });
  const consumer = (consumerId: string, ssrc: number) => ({
    consumerId,
    producerId: "camera",
    kind: "video" as const,
    mid: "0",
    ssrc,
    ...(hasRtx ? { rtxSsrc: ssrc + 1 } : {}),
    cname: "alice",
    codecs,
    headerExtensions,
    isPaused: false,
  });
  const local = alice.core.openLocalProducer("client", { producerId: "camera", rtp: rtp(7), isPaused: false });
  const source = new LocalSource(alice.port.memory, alice.port.pool, local, VP8.payloadType, VP8.clockRate, 7);
  alice.core.openConsumer("node", consumer("up", UP_SSRC), now);
  node.core.openProducer("alice", { producerId: "camera", rtp: rtp(UP_SSRC), isPaused: false });
  node.core.openConsumer("bob", consumer("down", DOWN_SSRC), now);
  bob.core.openProducer("node", { producerId: "camera", rtp: rtp(DOWN_SSRC), isPaused: false });
  const isConnected = () =>
    [node.core.transport("alice"), node.core.transport("bob"), alice.core.transport("node")].every(
      ({ state }) => state.type === "connected",
    );
  assert.ok(network.run(20_000, isConnected));
  return { node, alice, bob, network, source, toBob, bandwidth: node.core.transport("bob").bandwidth };
}

type Call = ReturnType<typeof openCall>;

/** Frames at 30/s; each decodable on its own, so that nothing but the rate matters. */
function film(call: Call, durationMs: number, sourceBps: (estimateBps: number | undefined) => number): number[] {
  const { alice, network, source, bandwidth } = call;
  const estimates: number[] = [];
  let next = network.now;
  let timestamp = 0;
  network.run(durationMs, undefined, (now: Instant) => {
    if (now < next) return;
    next = after(next, FRAME_MS);
    timestamp += 3000;
    source.pollKeyFrameRequest(now);
    const packets = Math.max(1, Math.round((sourceBps(bandwidth.estimateBps) * FRAME_MS) / 8000 / PACKET_BYTES));
    for (let part = 0; part < packets; part++) {
      const payload = new Uint8Array(PACKET_BYTES);
      payload[0] = part === 0 ? 0x10 : 0;
      alice.core.sendLocal(source, payload, timestamp, part === packets - 1, now);
    }
    estimates.push(bandwidth.estimateBps ?? 0);
  });
  return estimates;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

for (const rateBps of [600_000, 2_000_000]) {
  test(`an estimate forms through a whole node: ${rateBps / 1000} kbit/s, within 20 %`, () => {
    const call = openCall(5, { hasRtx: true, hasTransportWide: true, downlink: { rateBps } });
    // An encoder that follows the estimate, as no publisher behind a node can; 4 Mbit/s are wanted, whatever it makes of them.
    call.node.core.transport("bob").sharing.handleTimeout = () => undefined;
    call.bandwidth.setDemand(4_000_000, call.network.now);
    const encode = (estimateBps = 800_000) => Math.min(4_000_000, estimateBps * 0.95);
    film(call, 10_000, encode);
    const steady = mean(film(call, 20_000, encode));
    assert.ok(Math.abs(steady / rateBps - 1) <= 0.2, `${steady} of ${rateBps}`);
    const { acknowledgedBps, rttMs, ignored } = call.bandwidth;
    assert.ok(acknowledgedBps !== undefined && Math.abs(acknowledgedBps / rateBps - 1) <= 0.25, `${acknowledgedBps}`);
    assert.ok(rttMs !== undefined && rttMs >= 40 && rttMs < 300, `${rttMs} ms`);
    assert.deepEqual([ignored.unknownStatuses, ignored.clockResets], [0, 0]);
  });
}

test("without RTX nothing is padded, without transport-wide numbers nothing is limited", () => {
  const plain = openCall(8, { hasRtx: false, hasTransportWide: true, downlink: { rateBps: 3_000_000 } });
  film(plain, 5000, () => 300_000);
  assert.equal(plain.bandwidth.probesStarted, 0);
  assert.ok(plain.bandwidth.estimateBps !== undefined);
  const old = openCall(9, { hasRtx: true, hasTransportWide: false, downlink: { rateBps: 3_000_000 } });
  film(old, 5000, () => 300_000);
  assert.equal(old.bandwidth.estimateBps, undefined);
  assert.equal(old.bandwidth.state, "unknown");
});

test("a receiver without transport-wide numbers is believed by its REMB", () => {
  const call = openCall(11, { hasRtx: true, hasTransportWide: false, downlink: {} });
  film(call, 1000, () => 300_000);
  for (const bitrateBps of [900_000, 400_000]) {
    call.bob.core.transport("node").sendRtcp([
      { type: "receiverReport", ssrc: 1, reports: [] },
      { type: "remb", senderSsrc: 1, bitrateBps, ssrcs: [DOWN_SSRC] },
    ]);
    film(call, 200, () => 300_000);
    assert.equal(call.bandwidth.estimateBps, bitrateBps);
  }
});

test("the publisher is told how its packets arrive: its own estimate forms", () => {
  const call = openCall(10, { hasRtx: true, hasTransportWide: true, downlink: {} });
  film(call, 5000, () => 1_000_000);
  const uplink = call.alice.core.transport("node").bandwidth;
  assert.ok(uplink.feedbacks >= 40, `${uplink.feedbacks}`);
  assert.ok((uplink.acknowledgedBps ?? 0) > 800_000, `${uplink.acknowledgedBps}`);
});
