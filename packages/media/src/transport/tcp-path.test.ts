import assert from "node:assert/strict";
import { test } from "node:test";
import { createDtlsPort, createPortableCrypto } from "@sluice/native";
import { Link } from "@sluice/netem";
import { VirtualCall } from "../testing/virtual-call.js";
import { VirtualCamera } from "../testing/virtual-camera.js";
import type { VirtualPlatform } from "../testing/virtual-endpoint.js";
import type { Instant } from "../time/instant.js";
import type { TransportAddress } from "./transport-address.js";

const PLATFORM: VirtualPlatform = {
  createCrypto: (memory) => createPortableCrypto(memory),
  createDtls: () => createDtlsPort({ clock: "virtual" }),
};

/** Bob's side of his TCP connections; to the core a connection is an address like any other. */
const first: TransportAddress = { family: "IPv6", ip: "2001:db8::3", port: 40_000, protocol: "tcp" };
const second: TransportAddress = { ...first, port: 40_001 };

function openCall() {
  const call = new VirtualCall(PLATFORM, (seed) => new Link(seed, { delayMs: 15 }), { seed: 5, hasRtx: true });
  call.bob.endpoint.port.move(first);
  call.connect();
  const camera = new VirtualCamera(call);
  const run = (limitMs: number) => call.network.run(limitMs, undefined, (now: Instant) => camera.handleStep(now));
  const close = (address: TransportAddress) => {
    const id = call.node.port.register(address);
    call.node.port.release(id);
    call.node.core.handleAddressClosed(id, call.network.now);
  };
  const received = new Set<number>();
  call.bob.watch((number) => received.add(number));
  return { call, camera, received, run, close };
}

test("[RFC6544 §8] a connection that ends stops what goes there; what comes by the next one goes on, without a new handshake", () => {
  const { call, camera, received, run, close } = openCall();
  run(1_000);
  assert.ok(received.size > 0);
  close(first);
  run(100);
  const before = received.size;
  run(1_000);
  assert.equal(received.size, before, "nothing is sent without a connection");
  call.bob.endpoint.port.move(second);
  run(8_000);
  const sentBefore = camera.sent;
  run(2_000);
  call.network.run(200);
  const latest = [...received].filter((number) => number >= sentBefore);
  assert.equal(latest.length, camera.sent - sentBefore);
  assert.equal(call.node.core.transport("bob").state.type, "connected");
  close(first);
  run(100);
  assert.equal(call.node.core.transport("bob").state.type, "connected", "the former one is nobody's");
});

test("who does not connect again is gone when the consent has run out, and the address with it", () => {
  const { call, run, close } = openCall();
  run(1_000);
  close(first);
  call.links[2]?.setParameters({ loss: { kind: "uniform", probability: 1 } });
  run(31_000);
  assert.deepEqual(call.node.core.transport("bob").state, { type: "closed", reason: "consentExpired" });
  assert.equal(call.node.core.transport("alice").state.type, "connected");
});
