import assert from "node:assert/strict";
import { test } from "node:test";
import { createDtlsPort, createPortableCrypto } from "@sluice/native";
import { Link, type LinkParameters } from "@sluice/netem";
import { VirtualCall } from "../testing/virtual-call.js";
import { PACKETS_PER_FRAME, VirtualCamera } from "../testing/virtual-camera.js";
import type { VirtualPlatform } from "../testing/virtual-endpoint.js";
import { elapsedMs } from "../time/instant.js";

const PLATFORM: VirtualPlatform = {
  createCrypto: (memory) => createPortableCrypto(memory),
  createDtls: () => createDtlsPort({ clock: "virtual" }),
};

/** Of virtual time, during which the network is as the row says. */
const DURATION_MS = 20_000;

/** A jitter buffer waits about this long, ms, beyond the way itself. */
const IN_TIME_MS = 300;

interface Row {
  readonly name: string;
  /** Of all four links: publisher to node and node to subscriber, both directions. 25 ms each unless said otherwise. */
  readonly network: Partial<LinkParameters>;
  /** rtc.retransmission-ttl-ms of the node. */
  readonly ttlMs?: number;
  /** Share of packets that arrive at all, and within {@link IN_TIME_MS} of the shortest way, at least. */
  readonly delivered: number;
  readonly inTime: number;
  /** Packets asked for (again and again) and sent again, both legs together, for each packet of the camera, at most. */
  readonly nacked: number;
  readonly resent: number;
  /** Key frames beyond the first, in 20 s, at most. */
  readonly keyFrames: number;
}

const uniform = (probability: number) => ({ kind: "uniform", probability }) as const;

/** As much loss on average, in bursts of four packets. */
const bursts = (probability: number) => {
  const leaveBad = 0.25;
  const enterBad = (leaveBad * probability) / (1 - probability);
  return { kind: "gilbert-elliott", enterBad, leaveBad, lossInBad: 1, lossInGood: 0 } as const;
};

/** Two legs that lose 5 % and 20 % would deliver 90 % and 64 % of the packets without repair. */
const ROWS: readonly Row[] = [
  { name: "no loss", network: {}, delivered: 1, inTime: 1, nacked: 0, resent: 0, keyFrames: 0 },
  { name: "1 %", network: { loss: uniform(0.01) }, delivered: 0.9999, inTime: 0.999, nacked: 0.04, resent: 0.03, keyFrames: 0 },
  { name: "5 %", network: { loss: uniform(0.05) }, delivered: 0.999, inTime: 0.999, nacked: 0.2, resent: 0.15, keyFrames: 2 },
  { name: "20 %", network: { loss: uniform(0.2) }, delivered: 0.96, inTime: 0.95, nacked: 1.2, resent: 0.6, keyFrames: 15 },
  {
    name: "20 %, time to live 500 ms",
    network: { loss: uniform(0.2) },
    ttlMs: 500,
    delivered: 0.995,
    inTime: 0.97,
    nacked: 1.1,
    resent: 0.65,
    keyFrames: 6,
  },
  {
    name: "5 % in bursts of 4",
    network: { loss: bursts(0.05) },
    delivered: 0.995,
    inTime: 0.995,
    nacked: 0.25,
    resent: 0.15,
    keyFrames: 3,
  },
  {
    name: "20 % in bursts of 4",
    network: { loss: bursts(0.2) },
    delivered: 0.94,
    inTime: 0.93,
    nacked: 1.4,
    resent: 0.6,
    keyFrames: 15,
  },
  {
    name: "5 %, 5 ms each way",
    network: { loss: uniform(0.05), delayMs: 5 },
    delivered: 0.9999,
    inTime: 0.9999,
    nacked: 0.2,
    resent: 0.15,
    keyFrames: 0,
  },
  {
    name: "5 %, 100 ms each way",
    network: { loss: uniform(0.05), delayMs: 100 },
    delivered: 0.998,
    inTime: 0.98,
    nacked: 0.25,
    resent: 0.15,
    keyFrames: 4,
  },
  {
    name: "1 %, 40 ms ± 30 ms each way",
    network: { loss: uniform(0.01), delayMs: 40, jitterMs: 30 },
    delivered: 0.999,
    inTime: 0.999,
    nacked: 0.06,
    resent: 0.04,
    keyFrames: 2,
  },
  {
    name: "5 % reordered by 8 ms",
    network: { reorderProbability: 0.05, reorderMs: 8 },
    delivered: 1,
    inTime: 1,
    nacked: 0.002,
    resent: 0.002,
    keyFrames: 0,
  },
  {
    name: "5 % reordered by 15 ms",
    network: { reorderProbability: 0.05, reorderMs: 15 },
    delivered: 1,
    inTime: 1,
    nacked: 0.01,
    resent: 0.01,
    keyFrames: 0,
  },
  {
    name: "5 % reordered by 40 ms",
    network: { reorderProbability: 0.05, reorderMs: 40 },
    delivered: 1,
    inTime: 1,
    nacked: 0.15,
    resent: 0.15,
    keyFrames: 0,
  },
  {
    name: "5 % lost, 2 % reordered, 2 % doubled, ± 10 ms",
    network: { loss: uniform(0.05), jitterMs: 10, reorderProbability: 0.02, reorderMs: 15, duplicateProbability: 0.02 },
    delivered: 0.999,
    inTime: 0.999,
    nacked: 0.25,
    resent: 0.18,
    keyFrames: 2,
  },
];

/** A call over four such links, once its round trips are known. */
function openCall(delayMs: number, seed: number, ttlMs?: number) {
  const options = { seed, hasRtx: true, ...(ttlMs === undefined ? {} : { retransmissionTtlMs: ttlMs }) };
  const call = new VirtualCall(PLATFORM, (linkSeed) => new Link(linkSeed, { delayMs }), options);
  call.connect();
  const camera = new VirtualCamera(call);
  const run = (durationMs: number, network: Partial<LinkParameters>) => {
    for (const link of call.links) link.setParameters(network);
    call.network.run(durationMs, undefined, (now) => camera.handleStep(now));
  };
  run(2000, {});
  return { call, camera, run };
}

function measure({ network, ttlMs }: Row, seed: number) {
  const delayMs = network.delayMs ?? 25;
  const { call, camera, run } = openCall(delayMs, seed, ttlMs);
  const first = camera.sent;
  const keyFrames = camera.keyFrames;
  let delivered = 0;
  let inTime = 0;
  call.bob.watch((number, now) => {
    const sentAt = camera.sentAt[number];
    if (number < first || sentAt === undefined) return;
    delivered++;
    if (elapsedMs(sentAt, now) <= 2 * delayMs + IN_TIME_MS) inTime++;
  });
  run(DURATION_MS, network);
  const sent = camera.sent - first;
  for (const link of call.links) link.setParameters({ loss: { kind: "none" } });
  call.network.run(1500);
  const [upstream] = call.node.core.router("room").producers.values();
  const nacked = (upstream?.activeStream?.packetsNacked ?? 0) + (call.bob.received.activeStream?.packetsNacked ?? 0);
  const resent = call.node.core.consumer("down").retransmitted + call.alice.core.consumer("up").retransmitted;
  return {
    delivered: delivered / sent,
    inTime: inTime / sent,
    nacked: nacked / sent,
    resent: resent / sent,
    keyFrames: camera.keyFrames - keyFrames,
  };
}

for (const row of ROWS) {
  test(`attack 30, recovery: ${row.name}`, (t) => {
    const measured = measure(row, 41);
    t.diagnostic(JSON.stringify(measured));
    assert.ok(measured.delivered >= row.delivered && measured.delivered <= 1, `delivered ${measured.delivered}`);
    assert.ok(measured.inTime >= row.inTime, `in time ${measured.inTime}`);
    assert.ok(measured.nacked <= row.nacked, `asked for ${measured.nacked}`);
    assert.ok(measured.resent <= row.resent, `sent again ${measured.resent}`);
    assert.ok(measured.keyFrames <= row.keyFrames, `${measured.keyFrames} key frames`);
  });
}

test("attack 30: half of everything lost for two seconds, and the picture goes on from a key frame soon after", () => {
  const { call, camera, run } = openCall(25, 43);
  run(2000, { loss: uniform(0.5) });
  const end = call.network.now;
  const arrived = new Set<number>();
  let pictureAt: number | undefined;
  call.bob.watch((number, now, { header }) => {
    arrived.add(number);
    // From the first whole key frame that was sent after the storm, or at its end.
    const first = number - (number % PACKETS_PER_FRAME);
    const isKeyFrame = call.bob.endpoint.port.memory.bytes[header.payloadOffset + 1] === 0;
    if (!isKeyFrame || (camera.sentAt[first] ?? 0) < end - 100_000) return;
    const isWhole = Array.from({ length: PACKETS_PER_FRAME }, (_, part) => first + part).every((part) => arrived.has(part));
    if (isWhole) pictureAt ??= elapsedMs(end, now);
  });
  run(5000, { loss: { kind: "none" } });
  assert.ok(pictureAt !== undefined && pictureAt < 1500, `${pictureAt} ms`);
  const last = camera.sent - 200;
  const missing = Array.from({ length: 500 }, (_, back) => last - back).filter((number) => !arrived.has(number));
  assert.deepEqual(missing, [], "nothing is missing after that");
});
