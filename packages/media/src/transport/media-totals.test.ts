import assert from "node:assert/strict";
import { test } from "node:test";
import { createDtlsPort, createPortableCrypto } from "@sluice/native";
import { Link } from "@sluice/netem";
import { VirtualCall } from "../testing/virtual-call.js";
import { VirtualCamera } from "../testing/virtual-camera.js";
import type { VirtualPlatform } from "../testing/virtual-endpoint.js";

const PLATFORM: VirtualPlatform = {
  createCrypto: (memory) => createPortableCrypto(memory),
  createDtls: () => createDtlsPort({ clock: "virtual" }),
};

function runCall(): VirtualCall<Link> {
  const call = new VirtualCall(PLATFORM, (seed) => new Link(seed, { delayMs: 15 }), { seed: 5, hasRtx: true });
  call.connect();
  const camera = new VirtualCamera(call);
  // What nobody watches is not asked for again.
  call.bob.watch(() => {});
  for (const link of call.links) link.setParameters({ loss: { kind: "uniform", probability: 0.05 } });
  call.network.run(5_000, undefined, (now) => camera.handleStep(now));
  call.bob.received.requestKeyFrame(call.network.now);
  call.network.run(1_000, undefined, (now) => camera.handleStep(now));
  return call;
}

test("the totals of a worker are those of all that it carried, whether that is open or closed", () => {
  const { node, bob } = runCall();
  const { core } = node;
  const consumer = core.consumer(bob.consumerId);
  const { producer } = consumer;
  const open = core.totals.withOpen(core.transports.values());
  const { video } = open.client;
  assert.ok(producer.streamTotals().packets > 1_000);
  assert.equal(video.packetsReceived, producer.streamTotals().packets);
  assert.equal(video.packetsSent, consumer.packetsSent);
  assert.equal(video.packetsRetransmitted, consumer.retransmitted);
  assert.ok(video.packetsRetransmitted > 0 && video.packetsNacked > 0);
  assert.ok(video.keyFramesReceived > 0 && video.keyFrameRequestsSent > 0);
  assert.ok(open.client.bytesSent > video.payloadBytesSent && open.client.bytesReceived > video.bytesReceived / 2);
  assert.deepEqual([open.client.audio.packetsSent, open.pipe.video.packetsSent], [0, 0]);

  for (const transportId of [...core.transports.keys()]) core.closeTransport(transportId);
  const closed = core.totals.withOpen(core.transports.values());
  assert.deepEqual(closed.client, open.client);
  // What was given back is a copy.
  closed.client.bytesSent = 0;
  assert.deepEqual(core.totals.withOpen([]).client, open.client);
});

test("RTCP is counted by type in both directions", () => {
  const { node, bob } = runCall();
  const { rtcpReceived, rtcpSent } = node.core.totals;
  // Each end's requests reach the other unless they are lost on the way.
  const ofBob = bob.endpoint.core.totals;
  assert.ok(rtcpReceived.nack > 0 && rtcpReceived.nack <= ofBob.rtcpSent.nack);
  assert.ok(rtcpReceived.pli > 0 && rtcpReceived.pli <= ofBob.rtcpSent.pli);
  assert.ok(rtcpSent.nack > 0 && rtcpSent.pli > 0 && rtcpSent.senderReport > 0);
  assert.ok(rtcpReceived.senderReport > 0 && rtcpReceived.receiverReport > 0);
  assert.equal(rtcpReceived.fir + rtcpReceived.unknown, 0);
});
