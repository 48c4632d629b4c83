import assert from "node:assert/strict";
import { test } from "node:test";
import { createDtlsPort, createPortableCrypto } from "@sluice/native";
import { Link, type LinkParameters } from "@sluice/netem";
import { VirtualCall } from "../testing/virtual-call.js";
import { VirtualCamera } from "../testing/virtual-camera.js";
import { VirtualEndpoint, type VirtualPlatform } from "../testing/virtual-endpoint.js";

const PLATFORM: VirtualPlatform = {
  createCrypto: (memory) => createPortableCrypto(memory),
  createDtls: () => createDtlsPort({ clock: "virtual" }),
};

function openCall(seed: number, hasRtx: boolean): VirtualCall<Link> {
  return new VirtualCall(PLATFORM, (linkSeed) => new Link(linkSeed, { delayMs: 15 }), { seed, hasRtx });
}

/** Numbers of the packets Bob got, each once. */
function watch(call: VirtualCall<Link>): Set<number> {
  const numbers = new Set<number>();
  const { bytes } = call.bob.endpoint.port.memory;
  call.bob.watch((number, _now, { header }) => {
    assert.ok(!numbers.has(number), `packet ${number} came twice`);
    assert.equal(bytes[header.payloadOffset + 999], number & 0xff);
    numbers.add(number);
  });
  return numbers;
}

function setLinks(call: VirtualCall<Link>, parameters: Partial<LinkParameters>): void {
  for (const link of call.links) link.setParameters(parameters);
}

for (const hasRtx of [true, false]) {
  test(`a whole node in virtual time: 5 % loss on every link is repaired ${hasRtx ? "by RTX" : "in band"}`, () => {
    const call = openCall(7, hasRtx);
    call.connect();
    const numbers = watch(call);
    const camera = new VirtualCamera(call);
    setLinks(call, { loss: { kind: "uniform", probability: 0.05 }, jitterMs: 3 });
    call.network.run(20_000, undefined, (now) => camera.handleStep(now));
    setLinks(call, { loss: { kind: "none" } });
    call.network.run(1000);
    assert.ok(camera.sent > 4000);
    // Without repair about 90 % of the packets would arrive over two lossy hops.
    assert.ok(numbers.size >= camera.sent * 0.999, `${numbers.size} of ${camera.sent}`);
    assert.equal(call.node.core.drops.authentication, 0);
  });
}

test("ICE and DTLS come up over links that lose every fifth datagram", () => {
  const call = openCall(3, true);
  setLinks(call, { loss: { kind: "uniform", probability: 0.2 } });
  call.connect();
});

test("a subscriber's key-frame request reaches the publisher", () => {
  const call = openCall(11, true);
  call.connect();
  const camera = new VirtualCamera(call);
  call.network.run(3000, undefined, (now) => camera.handleStep(now));
  const before = camera.keyFrames;
  call.bob.received.requestKeyFrame(call.network.now);
  call.network.run(1000, undefined, (now) => camera.handleStep(now));
  assert.equal(camera.keyFrames, before + 1);
});

test("a loss between the publisher and the node is repaired there and costs no key frame", () => {
  const call = openCall(23, true);
  call.connect();
  const numbers = watch(call);
  const camera = new VirtualCamera(call);
  call.network.run(1000, undefined, (now) => camera.handleStep(now));
  const before = camera.keyFrames;
  call.links[0]?.setParameters({ loss: { kind: "uniform", probability: 0.02 } });
  call.network.run(10_000, undefined, (now) => camera.handleStep(now));
  setLinks(call, { loss: { kind: "none" } });
  call.network.run(1000);
  assert.ok(numbers.size >= camera.sent * 0.999, `${numbers.size} of ${camera.sent}`);
  assert.equal(camera.keyFrames - before, 0);
});

test("the subscriber learns the publisher's clock through the node's sender reports", () => {
  const call = openCall(13, true);
  call.connect();
  const camera = new VirtualCamera(call);
  call.network.run(5000, undefined, (now) => camera.handleStep(now));
  const report = call.bob.received.activeStream?.senderReport;
  assert.ok(report !== undefined);
  // All three share one clock here, so the report must match it: one way of 15 ms per hop, give or take the frame.
  const expected = ((report.ntp - 3_900_000_000_000 - 1000) / 1000) * 90_000;
  const differenceMs = Math.abs(report.rtpTimestamp - expected) / 90;
  assert.ok(differenceMs < 400, `${differenceMs} ms off`);
  const { roundTripMs } = call.node.core.consumer("down");
  assert.ok(roundTripMs !== undefined && Math.abs(roundTripMs - 30) < 5, `round trip ${roundTripMs} ms`);
});

test("[RFC3611 §4.4] the round trip to a publisher that receives nothing is known, and the publisher's to the node", () => {
  const call = openCall(13, true);
  call.connect();
  const camera = new VirtualCamera(call);
  call.network.run(5000, undefined, (now) => camera.handleStep(now));
  for (const core of [
    call.node.core.transport("alice"),
    call.alice.core.transport("node"),
    call.bob.endpoint.core.transport("node"),
  ]) {
    const { roundTripMs } = core;
    assert.ok(roundTripMs !== undefined && Math.abs(roundTripMs - 30) < 2, `round trip ${roundTripMs} ms`);
  }
});

test("attack 15: the media address moves only with authenticated STUN, and nothing but STUN is looked at before", () => {
  const call = openCall(17, true);
  call.connect();
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
  call.connect();
  const { node, alice, network } = call;
  const numbers = watch(call);
  const camera = new VirtualCamera(call);
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
  call.connect();
  const camera = new VirtualCamera(call);
  call.network.run(1000, undefined, (now) => camera.handleStep(now));
  setLinks(call, { loss: { kind: "uniform", probability: 1 } });
  const isGone = () => call.node.core.transport("alice").state.type === "closed";
  assert.ok(call.network.run(35_000, isGone));
  call.node.core.closeRouter("room");
  assert.equal(call.node.port.pool.available, call.node.port.pool.capacity);
});

test("attack 14: a flood of forged packets costs a bounded number of decryptions, and the call goes on", () => {
  const call = openCall(23, true);
  call.connect();
  const numbers = watch(call);
  const camera = new VirtualCamera(call);
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
