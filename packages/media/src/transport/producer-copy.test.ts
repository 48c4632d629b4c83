import assert from "node:assert/strict";
import { test } from "node:test";
import { createDtlsPort, createPortableCrypto } from "@sluice/native";
import { Link } from "@sluice/netem";
import type { MediaPacket } from "../router/media-packet.js";
import { VirtualCall, type VirtualSubscriber } from "../testing/virtual-call.js";
import { VirtualCamera } from "../testing/virtual-camera.js";
import type { VirtualPlatform } from "../testing/virtual-endpoint.js";

const PLATFORM: VirtualPlatform = {
  createCrypto: (memory) => createPortableCrypto(memory),
  createDtls: () => createDtlsPort({ clock: "virtual" }),
};

/** Alice publishes to Bob in one room of a node, and to Carol in another. */
function openRooms(seed: number) {
  const call = new VirtualCall(PLATFORM, (linkSeed) => new Link(linkSeed, { delayMs: 15 }), { seed, hasRtx: true });
  const carol = call.openSubscriber("other");
  call.node.core.copyProducer("camera", "other", "copy");
  call.subscribe(carol, "copy");
  call.connect();
  const camera = new VirtualCamera(call);
  const run = (ms: number) => call.network.run(ms, undefined, (now) => camera.handleStep(now));
  return { call, carol, camera, run };
}

/** Numbers of the packets that arrive, each once, every one as it was sent. */
function watch({ endpoint, watch }: VirtualSubscriber, subscriber: VirtualSubscriber): Set<number> {
  const numbers = new Set<number>();
  const { bytes } = endpoint.port.memory;
  watch.call(subscriber, (number: number, _: unknown, { header }: MediaPacket) => {
    assert.ok(!numbers.has(number), `packet ${number} came twice`);
    assert.equal(bytes[header.payloadOffset + 999], number & 0xff);
    numbers.add(number);
  });
  return numbers;
}

test("a copy of a Producer brings all of it to another Router, losses on either side repaired", () => {
  const { call, carol, camera, run } = openRooms(5);
  const [toBob, toCarol] = [watch(call.bob, call.bob), watch(carol, carol)];
  for (const link of call.links) link.setParameters({ loss: { kind: "uniform", probability: 0.03 } });
  run(10_000);
  for (const link of call.links) link.setParameters({ loss: { kind: "none" } });
  call.network.run(1_000);
  assert.ok(camera.sent > 2000);
  assert.ok(toCarol.size >= camera.sent * 0.999, `${toCarol.size} of ${camera.sent}`);
  assert.ok(toBob.size >= camera.sent * 0.999, `${toBob.size} of ${camera.sent}`);
  assert.equal(call.node.core.drops.authentication, 0);
});

test("a key frame that a copy's receiver asks for is asked of the original's publisher", () => {
  const { call, carol, camera, run } = openRooms(6);
  run(3_000);
  const before = camera.keyFrames;
  carol.received.requestKeyFrame(call.network.now);
  run(1_000);
  assert.equal(camera.keyFrames, before + 1);
});

test("a copy that begins later begins with a key frame, and goes on after the original was paused", () => {
  const { call, camera, run } = openRooms(7);
  run(2_000);
  const dan = call.openSubscriber("other");
  call.connect();
  call.node.core.copyProducer("camera", "other", "second");
  call.subscribe(dan, "second");
  const numbers = watch(dan, dan);
  run(1_000);
  assert.ok(numbers.size > 100, `${numbers.size} packets`);
  const keyFrames = camera.keyFrames;
  call.node.core.setProducerPaused("camera", true, call.network.now);
  run(1_000);
  const paused = numbers.size;
  run(1_000);
  assert.equal(numbers.size, paused);
  call.node.core.setProducerPaused("camera", false, call.network.now);
  run(1_000);
  assert.ok(camera.keyFrames > keyFrames);
  assert.ok(numbers.size > paused + 100);
});

test("a copy ends by itself when its original does, and alone when it is closed", () => {
  const { call, run } = openRooms(8);
  const { core, port } = call.node;
  core.copyProducer("camera", "other", "second");
  run(500);
  core.closeProducer("second");
  assert.deepEqual([...core.router("other").producers.keys()], ["copy"]);
  run(500);
  core.closeProducer("camera");
  assert.deepEqual([...core.router("other").producers.keys()], []);
  assert.equal(core.router("other").consumers.size, 0);
  assert.equal(port.pool.available, port.pool.capacity, "nobody keeps a slot");
});
