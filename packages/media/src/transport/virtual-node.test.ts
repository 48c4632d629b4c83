import assert from "node:assert/strict";
import { test } from "node:test";
import { createDtlsPort, createPortableCrypto } from "@sluice/native";
import { Link, type LinkParameters } from "@sluice/netem";
import { LocalSource } from "../router/local-source.js";
import type { MediaPacket } from "../router/media-packet.js";
import type { RtpCodec, RtpParameters } from "../rtp/rtp-parameters.js";
import { VirtualEndpoint, type VirtualPlatform } from "../testing/virtual-endpoint.js";
import { VirtualNetwork } from "../testing/virtual-network.js";
import { after, type Instant, instant } from "../time/instant.js";
import type { NtpTime } from "../time/ntp-time.js";

const PLATFORM: VirtualPlatform = {
  createCrypto: (memory) => createPortableCrypto(memory),
  createDtls: () => createDtlsPort({ clock: "virtual" }),
};

const VP8: RtpCodec = {
  payloadType: 96,
  name: "VP8",
  clockRate: 90_000,
  parameters: {},
  feedback: ["nack", "nack pli"],
};
const RTX: RtpCodec = { payloadType: 97, name: "rtx", clockRate: 90_000, parameters: { apt: "96" }, feedback: [] };

const ALICE_ICE = { ufrag: "alic", pwd: "alicePasswordOf24Characters" };
const BOB_ICE = { ufrag: "bobb", pwd: "bobsPasswordOf24Characters0" };
const NODE_ALICE_ICE = { ufrag: "noda", pwd: "nodePasswordOf24CharactersA" };
const NODE_BOB_ICE = { ufrag: "nodb", pwd: "nodePasswordOf24CharactersB" };

const ALICE_SSRC = 0x1111;
const CONSUMER_SSRC = 0xf000_2222;
const CONSUMER_RTX_SSRC = 0xf000_3333;
const PACKETS_PER_FRAME = 8;
const FRAME_MS = 33;

function rtpParameters(ssrc: number, rtxSsrc: number | undefined): RtpParameters {
  const encoding = rtxSsrc === undefined ? { ssrc } : { ssrc, rtxSsrc };
  const codecs = rtxSsrc === undefined ? [VP8] : [VP8, RTX];
  return { mid: "0", kind: "video", codecs, headerExtensions: [], encodings: [encoding] };
}

/** Alice publishes through a node to Bob: two peers, one node, four links, no sockets and no clock. */
function openCall(seed: number, hasRtx: boolean) {
  const node = new VirtualEndpoint(PLATFORM, { family: "IPv4", ip: "192.0.2.1", port: 7882 });
  const alice = new VirtualEndpoint(PLATFORM, { family: "IPv4", ip: "192.0.2.2", port: 5000 });
  const bob = new VirtualEndpoint(PLATFORM, { family: "IPv6", ip: "2001:db8::3", port: 5000 });
  const network = new VirtualNetwork(instant(1_000_000));
  for (const { port, core } of [node, alice, bob]) network.attach(port, core);
  const links: Link[] = [];
  const join = (from: VirtualEndpoint, to: VirtualEndpoint) => {
    const link = new Link(seed + links.length, { delayMs: 15 });
    links.push(link);
    network.connect(from.port, to.port, link);
  };
  join(alice, node);
  join(node, alice);
  join(bob, node);
  join(node, bob);

  const { now } = network;
  node.core.openRouter("room");
  for (const core of [alice.core, bob.core]) core.openRouter("client");
  node.core.openTransport("room", "alice", { iceRole: "lite", localIce: NODE_ALICE_ICE }, now);
  node.core.openTransport("room", "bob", { iceRole: "lite", localIce: NODE_BOB_ICE }, now);
  alice.core.openTransport("client", "node", { iceRole: "controlling", localIce: ALICE_ICE }, now);
  bob.core.openTransport("client", "node", { iceRole: "controlling", localIce: BOB_ICE }, now);
  node.core.connectTransport("alice", alice.describe(ALICE_ICE, "server"), now);
  node.core.connectTransport("bob", bob.describe(BOB_ICE, "server"), now);
  alice.core.connectTransport("node", node.describe(NODE_ALICE_ICE, "client"), now);
  bob.core.connectTransport("node", node.describe(NODE_BOB_ICE, "client"), now);

  // What Alice sends enters her own Router as a local Producer and leaves it through a Consumer, as in a node.
  const local = alice.core.openLocalProducer("client", {
    producerId: "camera",
    rtp: rtpParameters(7, undefined),
    isPaused: false,
  });
  const source = new LocalSource(alice.port.memory, alice.port.pool, local, VP8.payloadType, VP8.clockRate, 7);
  const aliceRtxSsrc = hasRtx ? ALICE_SSRC + 1 : undefined;
  alice.core.openConsumer("node", consumer("camera", "up", ALICE_SSRC, aliceRtxSsrc), now);
  node.core.openProducer("alice", { producerId: "camera", rtp: rtpParameters(ALICE_SSRC, aliceRtxSsrc), isPaused: false });
  node.core.openConsumer("bob", consumer("camera", "down", CONSUMER_SSRC, hasRtx ? CONSUMER_RTX_SSRC : undefined), now);
  const received = bob.core.openProducer("node", {
    producerId: "camera",
    rtp: rtpParameters(CONSUMER_SSRC, hasRtx ? CONSUMER_RTX_SSRC : undefined),
    isPaused: false,
  });
  const setLinks = (parameters: Partial<LinkParameters>) => {
    for (const link of links) link.setParameters(parameters);
  };
  return { node, alice, bob, network, links, source, received, setLinks };
}

function consumer(producerId: string, consumerId: string, ssrc: number, rtxSsrc: number | undefined) {
  return {
    consumerId,
    producerId,
    kind: "video" as const,
    mid: "0",
    ssrc,
    ...(rtxSsrc === undefined ? {} : { rtxSsrc }),
    cname: "alice",
    codecs: rtxSsrc === undefined ? [VP8] : [VP8, RTX],
    headerExtensions: [],
    isPaused: false,
  };
}

/** Publishes frames of numbered packets at 30 frames/s; every key frame that is asked for is made. */
class Camera {
  readonly #call: ReturnType<typeof openCall>;
  #next: Instant;
  #frame = 0;
  sent = 0;
  keyFrames = 0;

  constructor(call: ReturnType<typeof openCall>) {
    this.#call = call;
    this.#next = call.network.now;
  }

  handleStep(now: Instant): void {
    if (now < this.#next) return;
    this.#next = after(this.#next, FRAME_MS);
    const { alice, source } = this.#call;
    const isKeyFrame = source.pollKeyFrameRequest(now) || this.#frame === 0;
    if (isKeyFrame) this.keyFrames++;
    const timestamp = this.#frame * 3000;
    for (let part = 0; part < PACKETS_PER_FRAME; part++) {
      const payload = new Uint8Array(1000).fill(this.sent & 0xff);
      // VP8 descriptor: S bit on the frame's first packet; then the frame's first byte, whose low bit is 0 in key frames.
      payload[0] = part === 0 ? 0x10 : 0x00;
      payload[1] = isKeyFrame ? 0x00 : 0x01;
      new DataView(payload.buffer).setUint32(4, this.sent);
      const isMarked = part === PACKETS_PER_FRAME - 1;
      assert.ok(alice.core.sendLocal(source, payload, timestamp, isMarked, now));
      this.sent++;
    }
    source.setClock((3_900_000_000_000 + now / 1000) as NtpTime, timestamp);
    this.#frame++;
  }
}

function connect(call: ReturnType<typeof openCall>): void {
  const isConnected = () =>
    call.node.core.transport("alice").state.type === "connected" &&
    call.node.core.transport("bob").state.type === "connected" &&
    call.bob.core.transport("node").state.type === "connected" &&
    call.alice.core.transport("node").state.type === "connected";
  assert.ok(call.network.run(20_000, isConnected), "ICE and DTLS did not finish");
}

/** Numbers of the packets Bob got, each once. */
function watch(call: ReturnType<typeof openCall>): Set<number> {
  const numbers = new Set<number>();
  const { memory } = call.bob.port;
  call.received.onPacket = (packet: MediaPacket) => {
    const number = memory.view.getUint32(packet.header.payloadOffset + 4);
    assert.ok(!numbers.has(number), `packet ${number} came twice`);
    assert.equal(memory.bytes[packet.header.payloadOffset + 999], number & 0xff);
    numbers.add(number);
  };
  return numbers;
}

for (const hasRtx of [true, false]) {
  test(`a whole node in virtual time: 5 % loss on every link is repaired ${hasRtx ? "by RTX" : "in band"}`, () => {
    const call = openCall(7, hasRtx);
    connect(call);
    const numbers = watch(call);
    const camera = new Camera(call);
    call.setLinks({ loss: { kind: "uniform", probability: 0.05 }, jitterMs: 3 });
    call.network.run(20_000, undefined, (now) => camera.handleStep(now));
    call.setLinks({ loss: { kind: "none" } });
    call.network.run(1000);
    assert.ok(camera.sent > 4000);
    // Without repair about 90 % of the packets would arrive over two lossy hops.
    assert.ok(numbers.size >= camera.sent * 0.999, `${numbers.size} of ${camera.sent}`);
    assert.equal(call.node.core.drops.authentication, 0);
  });
}

test("ICE and DTLS come up over links that lose every fifth datagram", () => {
  const call = openCall(3, true);
  call.setLinks({ loss: { kind: "uniform", probability: 0.2 } });
  connect(call);
});

test("a subscriber's key-frame request reaches the publisher", () => {
  const call = openCall(11, true);
  connect(call);
  const camera = new Camera(call);
  call.network.run(3000, undefined, (now) => camera.handleStep(now));
  const before = camera.keyFrames;
  call.received.requestKeyFrame(call.network.now);
  call.network.run(1000, undefined, (now) => camera.handleStep(now));
  assert.equal(camera.keyFrames, before + 1);
});

test("a loss between the publisher and the node is repaired there and costs no key frame", () => {
  const call = openCall(23, true);
  connect(call);
  const numbers = watch(call);
  const camera = new Camera(call);
  call.network.run(1000, undefined, (now) => camera.handleStep(now));
  const before = camera.keyFrames;
  call.links[0]?.setParameters({ loss: { kind: "uniform", probability: 0.02 } });
  call.network.run(10_000, undefined, (now) => camera.handleStep(now));
  call.setLinks({ loss: { kind: "none" } });
  call.network.run(1000);
  assert.ok(numbers.size >= camera.sent * 0.999, `${numbers.size} of ${camera.sent}`);
  assert.equal(camera.keyFrames - before, 0);
});

test("the subscriber learns the publisher's clock through the node's sender reports", () => {
  const call = openCall(13, true);
  connect(call);
  const camera = new Camera(call);
  call.network.run(5000, undefined, (now) => camera.handleStep(now));
  const report = call.received.activeStream?.senderReport;
  assert.ok(report !== undefined);
  // All three share one clock here, so the report must match it: one way of 15 ms per hop, give or take the frame.
  const expected = ((report.ntp - 3_900_000_000_000 - 1000) / 1000) * 90_000;
  const differenceMs = Math.abs(report.rtpTimestamp - expected) / 90;
  assert.ok(differenceMs < 400, `${differenceMs} ms off`);
  const { roundTripMs } = call.node.core.consumer("down");
  assert.ok(roundTripMs !== undefined && Math.abs(roundTripMs - 30) < 5, `round trip ${roundTripMs} ms`);
});

test("attack 15: the media address moves only with authenticated STUN, and nothing but STUN is looked at before", () => {
  const call = openCall(17, true);
  connect(call);
  const { node, network } = call;
  const stranger = { family: "IPv4" as const, ip: "198.51.100.9", port: 9 };
  const before = node.core.drops.unvalidatedAddress;
  for (const first of [22, 128, 144, 200]) {
    const data = new Uint8Array(100).fill(1);
    data[0] = first;
    node.port.deliver({ from: stranger, to: node.port.address, data }, node.core, network.now);
  }
  assert.equal(node.core.drops.unvalidatedAddress, before + 4);
  assert.equal(node.port.pollTransmit(), undefined);
});

test("attack 11: a participant who forges another's source address does not get its media, nor stop it", () => {
  const call = openCall(29, true);
  connect(call);
  const { node, alice, network } = call;
  const numbers = watch(call);
  const camera = new Camera(call);
  // Mallory is in the room by right; what she sends seems to come from Alice's address.
  const mallory = new VirtualEndpoint(PLATFORM, alice.port.address);
  const ice = { ufrag: "mall", pwd: "malloryPasswordOf24Character" };
  const nodeIce = { ufrag: "nodm", pwd: "nodePasswordOf24CharactersM" };
  mallory.core.openRouter("client");
  mallory.core.openTransport("client", "node", { iceRole: "controlling", localIce: ice }, network.now);
  mallory.core.connectTransport("node", node.describe(nodeIce, "client"), network.now);
  node.core.openTransport("room", "mallory", { iceRole: "lite", localIce: nodeIce }, network.now);
  node.core.connectTransport("mallory", mallory.describe(ice, "server"), network.now);
  network.run(5000, undefined, (now) => {
    camera.handleStep(now);
    mallory.core.handleTimeout(now);
    for (let forged = mallory.port.pollTransmit(); forged !== undefined; forged = mallory.port.pollTransmit()) {
      node.port.deliver({ ...forged, from: alice.port.address }, node.core, now);
    }
  });
  network.run(500);
  assert.ok(node.core.drops.addressTaken > 0);
  assert.equal(numbers.size, camera.sent);
  // When Alice has gone the address is Mallory's to use.
  node.core.closeTransport("alice");
  const before = node.core.drops.tooEarly;
  const data = new Uint8Array(100).fill(0x80);
  node.port.deliver({ from: alice.port.address, to: node.port.address, data }, node.core, network.now);
  assert.equal(node.core.drops.tooEarly, before + 1);
});

test("consent: a peer that falls silent is gone within 31 s, and its slots with it", () => {
  const call = openCall(19, true);
  connect(call);
  const camera = new Camera(call);
  call.network.run(1000, undefined, (now) => camera.handleStep(now));
  call.setLinks({ loss: { kind: "uniform", probability: 1 } });
  const isGone = () => call.node.core.transport("alice").state.type === "closed";
  assert.ok(call.network.run(35_000, isGone));
  call.node.core.closeRouter("room");
  assert.equal(call.node.port.pool.available, call.node.port.pool.capacity);
});

test("attack 14: a flood of forged packets costs a bounded number of decryptions, and the call goes on", () => {
  const call = openCall(23, true);
  connect(call);
  const numbers = watch(call);
  const camera = new Camera(call);
  const { node, alice, network } = call;
  const forged = new Uint8Array(200).fill(0x5a);
  forged.set([0x80, 96]);
  const forgedReport = Uint8Array.from(forged);
  forgedReport.set([0x80, 200]);
  // The E flag in front of the SRTCP index, so that it is worth a decryption.
  forgedReport[196] = 0xda;
  const before = { ...node.core.drops.toRecord() };
  for (let count = 0; count < 10_000; count++) {
    for (const data of [forged, forgedReport]) {
      node.port.deliver({ from: alice.port.address, to: node.port.address, data }, node.core, network.now);
    }
  }
  const counted = node.core.drops.toRecord();
  const opened = (counted.authentication ?? 0) - (before.authentication ?? 0);
  const refused = (counted.overRate ?? 0) - (before.overRate ?? 0);
  assert.ok(opened <= 4500, `${opened} were decrypted`);
  assert.equal(opened + refused, 20_000);
  network.run(1000);
  network.run(3000, undefined, (now) => camera.handleStep(now));
  network.run(500);
  assert.equal(numbers.size, camera.sent);
  assert.equal(node.core.transport("alice").state.type, "connected");
});
