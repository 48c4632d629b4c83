import assert from "node:assert/strict";
import { test } from "node:test";
import { createDtlsPort, createPortableCrypto } from "@sluice/native";
import { Link } from "@sluice/netem";
import { VirtualCall } from "../testing/virtual-call.js";
import { VirtualCamera } from "../testing/virtual-camera.js";
import type { VirtualPlatform } from "../testing/virtual-endpoint.js";
import { elapsedMs, type Instant } from "../time/instant.js";

const PLATFORM: VirtualPlatform = {
  createCrypto: (memory) => createPortableCrypto(memory),
  createDtls: () => createDtlsPort({ clock: "virtual" }),
};

/** A call of Alice and Bob that Carol joins `afterMs` after a key frame; what Carol waits for, and what it costs Alice. */
function join(afterMs: number, lossToCarol = 0) {
  const call = new VirtualCall(PLATFORM, (seed) => new Link(seed, { delayMs: 10 }), { seed: 3, hasRtx: true });
  const camera = new VirtualCamera(call);
  const step = (now: Instant) => camera.handleStep(now);
  const carol = call.openSubscriber();
  if (!call.network.run(5000, () => call.isConnected, step)) throw new Error("not connected");
  call.network.run(3000, undefined, step);
  call.bob.received.requestKeyFrame(call.network.now);
  const before = camera.keyFrames;
  assert.ok(call.network.run(1000, () => camera.keyFrames > before, step));
  call.network.run(afterMs, undefined, step);
  const keyFrames = camera.keyFrames;
  if (lossToCarol > 0) call.links.at(-1)?.setParameters({ loss: { kind: "uniform", probability: lossToCarol } });
  const subscribedAt = call.network.now;
  const numbers: number[] = [];
  let firstMs: number | undefined;
  carol.watch((number, now) => {
    numbers.push(number);
    firstMs ??= elapsedMs(subscribedAt, now);
  });
  call.subscribe(carol);
  call.network.run(500, undefined, step);
  call.links.at(-1)?.setParameters({ loss: { kind: "none" } });
  call.network.run(2500, undefined, step);
  const first = Math.min(...numbers);
  const last = camera.sent - 30;
  const missing = Array.from({ length: last - first }, (_, index) => first + index).filter((n) => !numbers.includes(n));
  return { firstMs, missing, keyFrames: camera.keyFrames - keyFrames };
}

test("who joins within a second of a key frame has it in one way of the network, and the publisher is not asked", () => {
  const { firstMs, missing, keyFrames } = join(800);
  assert.ok(firstMs !== undefined && firstMs <= 15, `${firstMs} ms`);
  assert.equal(keyFrames, 0);
  assert.deepEqual(missing, []);
});

test("the same over a path that loses every tenth packet: what is missing of the past is repaired", () => {
  const { missing, keyFrames } = join(500, 0.1);
  assert.deepEqual(missing, []);
  assert.equal(keyFrames, 0);
});

test("who joins long after a key frame gets a new one", () => {
  const { firstMs, keyFrames } = join(5000);
  assert.equal(keyFrames, 1);
  assert.ok(firstMs !== undefined && firstMs < 150, `${firstMs} ms`);
});
