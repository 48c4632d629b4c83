/** Bandwidth through a whole node in virtual time: simulcast and audio, and a subscriber whose link changes its rate. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createDtlsPort, createPortableCrypto } from "@sluice/native";
import { Link } from "@sluice/netem";
import { LocalSource } from "../router/local-source.js";
import { EXTENSION_URI, type MediaKind, type RtpCodec } from "../rtp/rtp-parameters.js";
import { joinNode } from "../testing/join-node.js";
import { VirtualEndpoint, type VirtualPlatform } from "../testing/virtual-endpoint.js";
import { VirtualNetwork } from "../testing/virtual-network.js";
import { after, elapsedMs, type Instant, instant } from "../time/instant.js";
import type { ConsumerLayers } from "./parameters.js";

const PLATFORM: VirtualPlatform = {
  createCrypto: (memory) => createPortableCrypto(memory),
  createDtls: () => createDtlsPort({ clock: "virtual" }),
};
const FEEDBACK = ["nack", "nack pli", "transport-cc"];
const VP8: RtpCodec = { payloadType: 96, name: "VP8", clockRate: 90_000, parameters: {}, feedback: FEEDBACK };
const RTX: RtpCodec = { payloadType: 97, name: "rtx", clockRate: 90_000, parameters: { apt: "96" }, feedback: [] };
const OPUS: RtpCodec = {
  payloadType: 111,
  name: "opus",
  clockRate: 48_000,
  channels: 2,
  parameters: {},
  feedback: ["transport-cc"],
};
const headerExtensions = [{ id: 3, uri: EXTENSION_URI.transportWideSequenceNumber }];

/** Of the three encodings, bit/s: as Chromium has them for 720p. */
const ENCODINGS_BPS = [150_000, 500_000, 1_700_000];
const AUDIO_SSRC = 0x900;
const VIDEO_MS = 33;
const AUDIO_MS = 20;
const MAX_PAYLOAD_BYTES = 1100;
const DELAY_MS = 20;
const START = instant(1_000_000);
/** When the handshakes are long over. */
const MEDIA_AT_MS = 2_000;

interface CallOptions {
  readonly hasRtx?: boolean;
  /** Whether Bob takes the video from the beginning. */
  readonly isVideoPaused?: boolean;
}

function openCall(seed: number, rateBps: number, { hasRtx = true, isVideoPaused = false }: CallOptions = {}) {
  const CODECS = { audio: [OPUS], video: hasRtx ? [VP8, RTX] : [VP8] };
  const node = new VirtualEndpoint(PLATFORM, { family: "IPv4", ip: "192.0.2.1", port: 7882 });
  const alice = new VirtualEndpoint(PLATFORM, { family: "IPv4", ip: "192.0.2.2", port: 5000 });
  const bob = new VirtualEndpoint(PLATFORM, { family: "IPv4", ip: "192.0.2.3", port: 5000 });
  const network = new VirtualNetwork(START);
  for (const { port, core } of [node, alice, bob]) network.attach(port, core);
  const toBob = new Link(seed, { delayMs: DELAY_MS, jitterMs: 4, loss: { kind: "uniform", probability: 0.005 }, rateBps });
  joinNode(network, node, alice, "alice", {
    toNode: new Link(seed + 1, { delayMs: 10 }),
    fromNode: new Link(seed + 2, { delayMs: 10 }),
  });
  joinNode(network, node, bob, "bob", { toNode: new Link(seed + 3, { delayMs: DELAY_MS }), fromNode: toBob });
  const { now } = network;

  const rtp = (kind: MediaKind, mid: string, encodings: { ssrc: number; rtxSsrc?: number }[]) => {
    return { mid, kind, codecs: CODECS[kind], headerExtensions, encodings };
  };
  /** What Alice's side sends under one SSRC. */
  const publish = (id: string, kind: MediaKind, mid: string, ssrc: number): LocalSource => {
    const producer = alice.core.openLocalProducer("client", {
      producerId: id,
      rtp: rtp(kind, mid, [{ ssrc }]),
      isPaused: false,
    });
    const codec = kind === "video" ? VP8 : OPUS;
    const consumer = {
      consumerId: id,
      producerId: id,
      kind,
      mid,
      ssrc,
      cname: "alice",
      codecs: CODECS[kind],
      headerExtensions,
    };
    alice.core.openConsumer(
      "node",
      { ...consumer, ...(kind === "video" && hasRtx ? { rtxSsrc: ssrc + 1 } : {}), isPaused: false },
      now,
    );
    return new LocalSource(alice.port.memory, alice.port.pool, producer, codec.payloadType, codec.clockRate, ssrc);
  };
  const encodings = ENCODINGS_BPS.map((_, index) => {
    return { ssrc: 0x100 + index * 2, ...(hasRtx ? { rtxSsrc: 0x101 + index * 2 } : {}) };
  });
  const cameras = encodings.map(({ ssrc }, index) => publish(`camera${index}`, "video", "1", ssrc));
  const microphone = publish("microphone", "audio", "0", AUDIO_SSRC);
  node.core.openProducer("alice", { producerId: "camera", rtp: rtp("video", "1", encodings), isPaused: false });
  node.core.openProducer("alice", { producerId: "voice", rtp: rtp("audio", "0", [{ ssrc: AUDIO_SSRC }]), isPaused: false });
  const receive = (consumerId: string, producerId: string, kind: MediaKind, mid: string, ssrc: number) => {
    const rtxSsrc = kind === "video" && hasRtx ? { rtxSsrc: ssrc + 1 } : {};
    const isPaused = kind === "video" && isVideoPaused;
    const parameters = { consumerId, producerId, kind, mid, ssrc, ...rtxSsrc, cname: "alice", codecs: CODECS[kind] };
    node.core.openConsumer("bob", { ...parameters, headerExtensions, isPaused }, now);
    return bob.core.openProducer("node", {
      producerId,
      rtp: rtp(kind, mid, [{ ssrc, ...rtxSsrc }]),
      isPaused: false,
    });
  };
  receive("picture", "camera", "video", "1", 0x2222);
  const heard = receive("sound", "voice", "audio", "0", 0x3333);
  const isConnected = () =>
    [node.core.transport("alice"), node.core.transport("bob"), alice.core.transport("node")].every(
      ({ state }) => state.type === "connected",
    );
  assert.ok(network.run(20_000, isConnected));
  // Signatures of the handshake are a byte longer or shorter from run to run. What comes after it is the same each time.
  network.run(MEDIA_AT_MS - elapsedMs(START, network.now));
  return { node, alice, bob, network, cameras, microphone, toBob, heard, seed };
}

type Call = ReturnType<typeof openCall>;

interface Change {
  readonly atMs: number;
  readonly layers: ConsumerLayers | undefined;
  readonly isStarved: boolean;
}

/** Alice talks and is filmed; returns what Bob was told of the layers, with times from now. */
class Film {
  readonly #call: Call;
  readonly #started: Instant;
  #nextVideo: Instant;
  #nextAudio: Instant;
  #frame = 0;
  #audioTimestamp = 0;
  readonly changes: Change[] = [];
  readonly estimates: { readonly atMs: number; readonly bps: number | undefined }[] = [];
  soundsSent = 0;
  isSilent = false;

  constructor(call: Call) {
    this.#call = call;
    this.#started = call.network.now;
    this.#nextVideo = this.#started;
    this.#nextAudio = this.#started;
  }

  get elapsedMs(): number {
    return elapsedMs(this.#started, this.#call.network.now);
  }

  run(durationMs: number): void {
    this.#call.network.run(durationMs, undefined, (now) => this.#handleStep(now));
  }

  #handleStep(now: Instant): void {
    const { node, alice, microphone } = this.#call;
    if (now >= this.#nextAudio && !this.isSilent) {
      this.#nextAudio = after(this.#nextAudio, AUDIO_MS);
      this.#audioTimestamp += 960;
      alice.core.sendLocal(microphone, new Uint8Array(80), this.#audioTimestamp, false, now);
      this.soundsSent++;
    }
    if (now >= this.#nextVideo) {
      this.#nextVideo = after(this.#nextVideo, VIDEO_MS);
      this.#frame++;
      for (const index of ENCODINGS_BPS.keys()) this.#film(index, now);
    }
    for (let event = node.core.pollEvent(); event !== undefined; event = node.core.pollEvent()) {
      if (event.type !== "consumerLayers") continue;
      this.changes.push({ atMs: this.elapsedMs, layers: event.layers, isStarved: event.isStarved });
    }
    if (this.#frame % 3 === 0)
      this.estimates.push({ atMs: this.elapsedMs, bps: node.core.transport("bob").bandwidth.estimateBps });
  }

  #film(index: number, now: Instant): void {
    const { alice, cameras } = this.#call;
    const source = cameras[index];
    const bitrateBps = ENCODINGS_BPS[index];
    if (source === undefined || bitrateBps === undefined) return;
    const isKeyFrame = source.pollKeyFrameRequest(now) || this.#frame === 1;
    const frameBytes = Math.round(((bitrateBps * VIDEO_MS) / 8000) * (isKeyFrame ? 4 : 1));
    for (let left = frameBytes; left > 0; left -= MAX_PAYLOAD_BYTES) {
      const payload = new Uint8Array(Math.max(2, Math.min(left, MAX_PAYLOAD_BYTES)));
      payload[0] = left === frameBytes ? 0x10 : 0;
      payload[1] = isKeyFrame ? 0 : 1;
      alice.core.sendLocal(source, payload, this.#frame * 3000, left <= MAX_PAYLOAD_BYTES, now);
    }
  }

  /** The spatial layer that was sent last before `atMs`. */
  layerAt(atMs: number): number {
    return this.changes.findLast((change) => change.atMs <= atMs)?.layers?.spatialLayer ?? -1;
  }

  /** When a layer as this began to be sent after `fromMs`; infinite if it never was. */
  firstAfter(fromMs: number, isWanted: (layer: number) => boolean): number {
    if (isWanted(this.layerAt(fromMs))) return fromMs;
    const change = this.changes.find(({ atMs, layers }) => atMs > fromMs && isWanted(layers?.spatialLayer ?? -1));
    return change?.atMs ?? Number.POSITIVE_INFINITY;
  }
}

for (const seed of [1, 2, 3]) {
  test(`3 Mbit/s, 500 kbit/s and 3 Mbit/s again: the encodings follow, and do not swing (seed ${seed})`, (t) => {
    const call = openCall(seed, 3_000_000);
    const film = new Film(call);
    film.run(30_000);
    assert.ok(film.firstAfter(0, (layer) => layer === 2) <= 15_000, `first up: ${JSON.stringify(film.changes)}`);
    const down = film.elapsedMs;
    call.toBob.setParameters({ rateBps: 500_000 });
    film.run(30_000);
    const up = film.elapsedMs;
    call.toBob.setParameters({ rateBps: 3_000_000 });
    film.run(30_000);
    const downMs = film.firstAfter(down, (layer) => layer < 2) - down;
    const upMs = film.firstAfter(up, (layer) => layer === 2) - up;
    t.diagnostic(JSON.stringify({ downMs, upMs, changes: film.changes.length }));
    assert.ok(downMs <= 3000, `down after ${downMs} ms: ${JSON.stringify(film.changes)}`);
    assert.ok(upMs <= 15_000, `up after ${upMs} ms: ${JSON.stringify(film.changes)}`);
    const swings = film.changes.filter(({ atMs }) => atMs > down + 10_000 && atMs < up).length;
    assert.ok(swings <= 2, `${swings} changes on a steady link: ${JSON.stringify(film.changes)}`);
    assert.equal(film.layerAt(film.elapsedMs), 2);
  });
}

test("video is paused before audio suffers, and the receiver is told", () => {
  const call = openCall(4, 100_000);
  const film = new Film(call);
  film.run(10_000);
  const before = { heard: call.heard.streams[0]?.packets ?? 0, sent: film.soundsSent };
  film.run(20_000);
  assert.ok(
    film.changes.some(({ isStarved }) => isStarved),
    JSON.stringify(film.changes),
  );
  const heard = (call.heard.streams[0]?.packets ?? 0) - before.heard;
  const sent = film.soundsSent - before.sent;
  assert.ok(heard >= sent * 0.98, `${heard} of ${sent} audio packets`);
});

test("a limit from outside holds like a narrow path, is not probed beyond, and is gone when it is taken away", () => {
  const call = openCall(8, 4_000_000);
  const { sharing, bandwidth } = call.node.core.transport("bob");
  const film = new Film(call);
  film.run(15_000);
  assert.equal(film.layerAt(film.elapsedMs), 2);
  sharing.limitBps = 600_000;
  film.run(1000);
  const { probesStarted } = bandwidth;
  film.run(10_000);
  assert.equal(film.layerAt(film.elapsedMs), 1);
  assert.equal(bandwidth.probesStarted, probesStarted);
  sharing.limitBps = 20_000;
  film.run(1000);
  assert.equal(film.changes.at(-1)?.isStarved, true);
  sharing.limitBps = undefined;
  film.run(30_000);
  assert.equal(film.layerAt(film.elapsedMs), 2);
});

test("padding by RTX finds the room that the next encoding needs", () => {
  const call = openCall(6, 4_000_000);
  const { bandwidth } = call.node.core.transport("bob");
  const film = new Film(call);
  film.run(10_000);
  assert.ok(bandwidth.probesSucceeded > 0);
  assert.equal(film.layerAt(film.elapsedMs), 2);
  assert.equal(call.bob.core.drops.unknownSsrc, 0);
});

for (const hasRtx of [true, false]) {
  const name = hasRtx ? "with RTX" : "without RTX, so without padding";
  test(`video that is first wanted after the path was too narrow for audio alone comes, ${name}`, () => {
    const call = openCall(7, 30_000, { hasRtx, isVideoPaused: true });
    const { bandwidth } = call.node.core.transport("bob");
    const film = new Film(call);
    film.run(15_000);
    assert.ok(bandwidth.isLimitKnown);
    assert.ok((bandwidth.estimateBps ?? 0) < 100_000, `${bandwidth.estimateBps}`);
    call.toBob.setParameters({ rateBps: 3_000_000 });
    film.run(2000);
    call.node.core.setConsumerPaused("picture", false, call.network.now);
    film.run(20_000);
    const layer = film.layerAt(film.elapsedMs);
    assert.ok(layer >= (hasRtx ? 1 : 0), `layer ${layer}: ${JSON.stringify(film.changes)}`);
  });

  test(`video alone comes back after 20 s in which nothing arrived, ${name}`, () => {
    const call = openCall(8, 3_000_000, { hasRtx });
    const film = new Film(call);
    film.isSilent = true;
    film.run(10_000);
    assert.ok(film.layerAt(film.elapsedMs) >= 1);
    // Shorter than what ends ICE's consent.
    call.toBob.setParameters({ rateBps: 3_000_000, loss: { kind: "uniform", probability: 1 } });
    film.run(20_000);
    call.toBob.setParameters({ loss: { kind: "uniform", probability: 0 } });
    film.run(20_000);
    const layer = film.layerAt(film.elapsedMs);
    assert.ok(layer >= (hasRtx ? 2 : 0), `layer ${layer}: ${JSON.stringify(film.changes.slice(-5))}`);
  });
}
