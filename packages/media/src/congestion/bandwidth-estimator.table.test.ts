/**
 * What the estimator makes of bad networks: one table per question, in virtual time, with the same seeds on every run.
 *
 * Every row is one path (3 Mbit/s and 25 ms one way unless it says otherwise), a sender with frames that vary by ± 20 %, a
 * key frame of four times the size every 4 s and audio beside it. "Steady" is what follows the row's first seconds.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { LinkParameters } from "@sluice/netem";
import { following, layered, type Sample, VirtualPath } from "./virtual-path.test.js";

const MBPS = 1e6;
const SEEDS = [1, 2, 3, 4, 5];
const PATH: Partial<LinkParameters> = { rateBps: 3 * MBPS, delayMs: 25 };
const ENCODER = following(10 * MBPS);

function meanBps(samples: readonly Sample[]): number {
  return samples.reduce((sum, { estimateBps }) => sum + estimateBps, 0) / samples.length;
}

/** Standard deviation of the estimate as a share of its mean. */
function variation(samples: readonly Sample[]): number {
  const mean = meanBps(samples);
  return Math.sqrt(samples.reduce((sum, { estimateBps }) => sum + (estimateBps - mean) ** 2, 0) / samples.length) / mean;
}

function medianDelayMs(samples: readonly Sample[]): number {
  const delays = samples.map(({ delayMs }) => delayMs).sort((a, b) => a - b);
  return delays[delays.length >> 1] ?? 0;
}

const uniform = (probability: number): Partial<LinkParameters> => ({ loss: { kind: "uniform", probability } });
/** 5 % of packets, 5 at a time on average. */
const BURSTS: Partial<LinkParameters> = {
  loss: { kind: "gilbert-elliott", enterBad: 0.0105, leaveBad: 0.2, lossInBad: 1, lossInGood: 0 },
};

/** How far the estimate may be from the path's rate, and the share of the steady samples that must be no further away. */
const WITHIN = 0.2;
const MOST = 0.85;

/** What a sender can send: packets get lost before they come to the bottleneck. */
function sendableBps({ rateBps = 0, loss }: Partial<LinkParameters>): number {
  return loss?.kind === "uniform" ? rateBps / (1 - loss.probability) : rateBps;
}

/**
 * A sender that fills the path. The mean of the steady estimate is within 20 % of the path's rate, and so is nearly every
 * sample. Varies: standard deviation at most. Delay: median at most, ms; a queue that stands would show here.
 */
const STEADY: readonly {
  name: string;
  path: Partial<LinkParameters>;
  fromS: number;
  varies: number;
  delayMs: number;
}[] = [
  { name: "nothing wrong", path: {}, fromS: 10, varies: 0.12, delayMs: 80 },
  { name: "500 kbit/s", path: { rateBps: 0.5 * MBPS }, fromS: 15, varies: 0.12, delayMs: 80 },
  { name: "1 Mbit/s", path: { rateBps: 1 * MBPS }, fromS: 15, varies: 0.12, delayMs: 80 },
  { name: "loss 1 %", path: uniform(0.01), fromS: 10, varies: 0.15, delayMs: 80 },
  { name: "loss 5 %", path: uniform(0.05), fromS: 10, varies: 0.2, delayMs: 80 },
  { name: "loss 20 %", path: uniform(0.2), fromS: 30, varies: 0.25, delayMs: 80 },
  { name: "loss 5 % in bursts", path: BURSTS, fromS: 20, varies: 0.25, delayMs: 80 },
  { name: "delay 100 ms", path: { delayMs: 100 }, fromS: 10, varies: 0.15, delayMs: 150 },
  { name: "delay 200 ms", path: { delayMs: 200 }, fromS: 10, varies: 0.15, delayMs: 250 },
  { name: "1 Mbit/s, 100 ms", path: { rateBps: 1 * MBPS, delayMs: 100 }, fromS: 15, varies: 0.12, delayMs: 150 },
  { name: "1 Mbit/s, 200 ms", path: { rateBps: 1 * MBPS, delayMs: 200 }, fromS: 15, varies: 0.12, delayMs: 250 },
  { name: "500 kbit/s, 100 ms", path: { rateBps: 0.5 * MBPS, delayMs: 100 }, fromS: 15, varies: 0.12, delayMs: 160 },
  { name: "jitter ± 10 ms", path: { delayMs: 50, jitterMs: 10 }, fromS: 10, varies: 0.15, delayMs: 110 },
  { name: "jitter ± 30 ms", path: { delayMs: 50, jitterMs: 30 }, fromS: 10, varies: 0.2, delayMs: 130 },
  {
    name: "5 % late by 15 ms",
    path: { reorderProbability: 0.05, reorderMs: 15 },
    fromS: 10,

    varies: 0.2,
    delayMs: 80,
  },
];

for (const { name, path, fromS, varies, delayMs } of STEADY) {
  test(`steady state: ${name}: within ${WITHIN * 100} % of the path's rate, no standing queue, no oscillation`, () => {
    for (const seed of SEEDS) {
      const link = { ...PATH, ...path };
      const virtual = new VirtualPath(seed, link, ENCODER, 10 * MBPS);
      virtual.run(60_000);
      const steady = virtual.between(fromS * 1000, 60_000);
      const share = meanBps(steady) / (link.rateBps ?? 1);
      const rateBps = sendableBps(link);
      const near = steady.filter(({ estimateBps }) => Math.abs(estimateBps / rateBps - 1) <= WITHIN).length / steady.length;
      const row = `seed ${seed}: mean ${share.toFixed(2)} of the rate, ${near.toFixed(2)} of the samples near it, variation ${variation(steady).toFixed(2)}, delay ${medianDelayMs(steady)} ms`;
      assert.ok(Math.abs(share - 1) <= WITHIN, row);
      assert.ok(near >= MOST, row);
      assert.ok(variation(steady) <= varies, row);
      assert.ok(medianDelayMs(steady) <= delayMs, row);
    }
  });
}

/** 3 Mbit/s for 20 s, 500 kbit/s for 20 s, 3 Mbit/s again. Reached: within 20 % of the new rate, in s. */
const STEPS = [
  { name: "an encoder that follows", source: ENCODER, demand: 10 * MBPS, downS: 2, upS: 15 },
  { name: "three encodings", source: layered(0.15 * MBPS, 0.5 * MBPS, 2 * MBPS), demand: 2 * MBPS, downS: 2, upS: 15 },
] as const;

for (const { name, source, demand, downS, upS } of STEPS) {
  test(`rate steps 3 → 0.5 → 3 Mbit/s with ${name}: down within ${downS} s, up within ${upS} s`, () => {
    for (const seed of SEEDS) {
      const virtual = new VirtualPath(seed, PATH, source, demand);
      virtual.run(20_000);
      virtual.forward.setParameters({ rateBps: 0.5 * MBPS });
      virtual.run(20_000);
      virtual.forward.setParameters({ rateBps: 3 * MBPS });
      virtual.run(20_000);
      const isUp = ({ estimateBps }: Sample) => estimateBps >= Math.min(demand, 0.8 * 3 * MBPS);
      const down = virtual.between(20_000, 40_000).find(({ estimateBps }) => estimateBps <= 1.2 * 0.5 * MBPS)?.atMs;
      const up = virtual.between(40_000, 60_000).find(isUp)?.atMs;
      assert.ok(down !== undefined && down - 20_000 <= downS * 1000, `seed ${seed}: down after ${down} ms`);
      assert.ok(up !== undefined && up - 40_000 <= upS * 1000, `seed ${seed}: up after ${up} ms`);
      const low = virtual.between(30_000, 40_000);
      assert.ok(Math.max(...low.map(({ estimateBps }) => estimateBps)) <= 1.25 * 0.5 * MBPS, `seed ${seed}: overshoots`);
      assert.ok(medianDelayMs(low) < 200, `seed ${seed}: delay ${medianDelayMs(low)} ms after the step down`);
    }
  });
}

/** Senders that use less than the path carries. Bounds of the estimate from 10 s on, in Mbit/s. */
const LIMITED = [
  { name: "400 kbit/s, nothing more wanted: no probe", sends: 0.4, wants: 0.4, least: 0.6, most: 1.1, padding: 0 },
  { name: "400 kbit/s, 2.5 Mbit/s wanted: probes find it", sends: 0.4, wants: 2.5, least: 2.4, most: 3.1, padding: 1 },
  { name: "400 kbit/s, 20 Mbit/s wanted: not above the path", sends: 0.4, wants: 20, least: 2.4, most: 3.6, padding: 1 },
  { name: "1.5 Mbit/s, nothing more wanted: room for it stays", sends: 1.5, wants: 1.5, least: 1.5, most: 3, padding: 1 },
];

for (const { name, sends, wants, least, most, padding } of LIMITED) {
  test(`application-limited: ${name}`, () => {
    for (const seed of SEEDS) {
      const virtual = new VirtualPath(seed, PATH, () => sends * MBPS, wants * MBPS);
      virtual.run(60_000);
      const steady = virtual.between(10_000, 60_000).map(({ estimateBps }) => estimateBps / MBPS);
      assert.ok(Math.min(...steady) >= least, `seed ${seed}: down to ${Math.min(...steady)}`);
      assert.ok(Math.max(...steady) <= most, `seed ${seed}: up to ${Math.max(...steady)}`);
      if (padding === 0) assert.equal(virtual.paddingBytes, 0);
      // Padding is for finding out, not for filling: at most 3 % of what the path carries.
      assert.ok(virtual.paddingBytes * 8 <= 0.03 * 3 * MBPS * 60, `seed ${seed}: ${virtual.paddingBytes} bytes of padding`);
    }
  });
}

test("without padding the estimate still reaches what the sender needs, from what it sends", () => {
  for (const seed of SEEDS) {
    const virtual = new VirtualPath(seed, PATH, ENCODER, 10 * MBPS);
    virtual.probesEnabled = false;
    virtual.run(60_000);
    assert.equal(virtual.estimator.probesStarted, 0);
    assert.ok(meanBps(virtual.between(40_000, 60_000)) >= 0.8 * 3 * MBPS, `seed ${seed}`);
  }
});

test("when feedback stops the estimate goes down slowly, and it comes back with the feedback", () => {
  const virtual = new VirtualPath(1, PATH, () => 1.5 * MBPS, 2 * MBPS);
  virtual.run(20_000);
  const before = virtual.estimator.estimateBps ?? 0;
  virtual.feedbackEnabled = false;
  virtual.run(2900);
  assert.equal(virtual.estimator.estimateBps, before);
  assert.equal(virtual.estimator.state, "stable");
  virtual.run(4000);
  const silent = virtual.estimator.estimateBps ?? 0;
  assert.equal(virtual.estimator.state, "silent");
  assert.ok(silent < before * 0.6 && silent > before * 0.3, `${before} → ${silent}`);
  virtual.run(60_000);
  assert.equal(virtual.estimator.estimateBps, 30_000);
  virtual.feedbackEnabled = true;
  virtual.run(15_000);
  assert.equal(virtual.estimator.state, "stable");
  assert.ok((virtual.estimator.estimateBps ?? 0) >= 1.5 * MBPS, `back at ${virtual.estimator.estimateBps}`);
});

test("equal seeds give equal runs", () => {
  const run = () => {
    const virtual = new VirtualPath(9, { ...PATH, ...uniform(0.05), jitterMs: 5 }, ENCODER, 10 * MBPS);
    virtual.run(5000);
    return virtual.samples;
  };
  assert.deepEqual(run(), run());
});
