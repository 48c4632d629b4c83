/** ICE restarts of a Transport that carries media: everything but the path goes on. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createDtlsPort, createPortableCrypto } from "@sluice/native";
import { Link } from "@sluice/netem";
import type { IceCredentials } from "../ice/ice-parameters.js";
import { serializeStun } from "../stun/stun-serializer.js";
import { VirtualCall } from "../testing/virtual-call.js";
import { VirtualCamera } from "../testing/virtual-camera.js";
import type { VirtualEndpoint, VirtualPlatform } from "../testing/virtual-endpoint.js";
import type { MediaEvent } from "./parameters.js";
import type { TransportAddress } from "./transport-address.js";

const PLATFORM: VirtualPlatform = {
  createCrypto: (memory) => createPortableCrypto(memory),
  createDtls: () => createDtlsPort({ clock: "virtual" }),
};
const OURS: IceCredentials = { ufrag: "nodeAgain", pwd: "nodeAgainPasswordOf24Chars" };
const THEIRS: IceCredentials = { ufrag: "peerAgain", pwd: "peerAgainPasswordOf24Chars" };
const FORMER = { node: "nodebob", peer: "peerbob", pwd: "nodebobPasswordOf24Character" };
const ELSEWHERE = { family: "IPv6", ip: "2001:db8::77", port: 6000 } as const;
const STRANGER = { family: "IPv4", ip: "203.0.113.66", port: 6666 } as const;

/** A camera that films on and on, and what arrives of it. */
class Film {
  readonly call: VirtualCall<Link>;
  readonly numbers = new Set<number>();
  readonly #camera: VirtualCamera;
  #lastAt = 0;
  longestGapMs = 0;

  constructor(seed = 5) {
    this.call = new VirtualCall(PLATFORM, (linkSeed) => new Link(linkSeed, { delayMs: 20 }), { seed, hasRtx: true });
    this.call.connect();
    this.#camera = new VirtualCamera(this.call);
    this.call.bob.watch((number, now) => {
      this.numbers.add(number);
      if (this.#lastAt !== 0) this.longestGapMs = Math.max(this.longestGapMs, (now - this.#lastAt) / 1000);
      this.#lastAt = now;
    });
  }

  get sent(): number {
    return this.#camera.sent;
  }

  get node(): VirtualEndpoint {
    return this.call.node;
  }

  get bob(): VirtualEndpoint {
    return this.call.bob.endpoint;
  }

  run(ms: number): void {
    this.call.network.run(ms, undefined, (now) => this.#camera.handleStep(now));
  }

  /** Bob has offered a restart, and hears the answer one way later. */
  restart(): void {
    const { now } = this.call.network;
    this.node.core.restartIce("bob", OURS, THEIRS, now);
    this.run(20);
    this.bob.core.restartIce("node", THEIRS, OURS, this.call.network.now);
  }

  events(endpoint: VirtualEndpoint): MediaEvent[] {
    const events: MediaEvent[] = [];
    for (let event = endpoint.core.pollEvent(); event !== undefined; event = endpoint.core.pollEvent()) events.push(event);
    return events;
  }
}

function nomination(node: { readonly ufrag: string; readonly pwd: string }, peer: string, crypto: ReturnType<typeof cryptoOf>) {
  const attributes = { username: `${node.ufrag}:${peer}`, priority: 1, iceControlling: 5n, useCandidate: true as const };
  const content = { class: "request" as const, method: 1, transactionId: crypto.randomBytes(12), attributes };
  return serializeStun(content, { key: new TextEncoder().encode(node.pwd), crypto });
}

const cryptoOf = ({ port }: VirtualEndpoint) => createPortableCrypto(port.memory);

function receive({ node, call }: Film, data: Uint8Array, from: TransportAddress): void {
  node.port.deliver({ from, to: node.port.address, data }, node.core, call.network.now);
}

test("[RFC8445 §9] media flows through a restart as if there were none", () => {
  const film = new Film();
  film.run(1_000);
  film.events(film.node);
  film.restart();
  film.run(1_000);
  film.call.network.run(500);
  assert.equal(film.numbers.size, film.sent);
  assert.ok(film.longestGapMs < 60, `${film.longestGapMs} ms`);
  assert.deepEqual(film.node.core.transport("bob").localUfrags, [OURS.ufrag]);
  const states = film.events(film.node).filter(({ type }) => type === "transportState");
  assert.deepEqual(states, [], "no new DTLS, nothing that anybody would notice");
});

test("a peer that moves to another address restarts, and media follows it there", () => {
  const film = new Film();
  film.run(1_000);
  film.bob.port.move(ELSEWHERE);
  film.restart();
  film.run(1_000);
  film.call.network.run(500);
  // What was on its way to the old place is sent again.
  assert.ok(film.numbers.size >= film.sent - 1, `${film.numbers.size} of ${film.sent}`);
  assert.ok(film.longestGapMs < 250, `${film.longestGapMs} ms`);
  assert.equal(film.node.core.drops.authentication, 0);
});

test("[attack 10] forged checks during a restart take nothing away", () => {
  const film = new Film();
  film.run(500);
  film.node.core.restartIce("bob", OURS, THEIRS, film.call.network.now);
  const crypto = cryptoOf(film.node);
  for (const forged of [
    nomination({ ufrag: OURS.ufrag, pwd: FORMER.pwd }, THEIRS.ufrag, crypto),
    nomination({ ufrag: FORMER.node, pwd: OURS.pwd }, FORMER.peer, crypto),
    nomination(OURS, FORMER.peer, crypto),
    nomination({ ufrag: "nodeOther", pwd: OURS.pwd }, THEIRS.ufrag, crypto),
  ]) {
    receive(film, forged, STRANGER);
    assert.equal(film.node.port.pollTransmit(), undefined, "a stranger gets no answer");
  }
  film.run(1_000);
  film.call.network.run(500);
  assert.equal(film.numbers.size, film.sent);
  assert.equal(film.node.core.drops.unknownUfrag, 1);
});

test("[attack 10] once the peer has nominated anew, who knows the former password gets nothing by it", () => {
  const film = new Film();
  film.run(500);
  film.restart();
  film.run(1_000);
  receive(film, nomination({ ufrag: FORMER.node, pwd: FORMER.pwd }, FORMER.peer, cryptoOf(film.node)), STRANGER);
  assert.equal(film.node.port.pollTransmit(), undefined);
  film.run(500);
  film.call.network.run(500);
  assert.equal(film.numbers.size, film.sent);
  assert.equal(film.node.core.drops.unknownUfrag, 1, "the former ufrag leads nowhere");
});

test("a Transport that is closed in the middle of a restart leaves no ufrag behind", () => {
  const { node, call } = new Film();
  node.core.restartIce("bob", OURS, THEIRS, call.network.now);
  node.core.closeTransport("bob");
  for (const ufrag of [OURS.ufrag, FORMER.node]) {
    const before = node.core.drops.unknownUfrag;
    const forged = nomination({ ufrag, pwd: OURS.pwd }, THEIRS.ufrag, cryptoOf(node));
    node.port.deliver({ from: STRANGER, to: node.port.address, data: forged }, node.core, call.network.now);
    assert.equal(node.core.drops.unknownUfrag, before + 1);
  }
});

test("a restart that the peer never hears of costs nothing", () => {
  const film = new Film();
  film.node.core.restartIce("bob", OURS, undefined, film.call.network.now);
  film.run(35_000);
  film.call.network.run(500);
  assert.equal(film.numbers.size, film.sent);
});
