import assert from "node:assert/strict";
import { test } from "node:test";
import { ConnectionQualityMeter } from "./connection-quality-meter.js";

const producer = (packets: number, lost: number) => ({ producerId: "p", packets, bytes: 0, lost, jitterMs: 0, keyFrames: 0 });
const consumer = (packets: number, lossRatio: number, roundTripMs?: number) => {
  return { consumerId: "c", packets, bytes: 0, retransmitted: 0, lossRatio, roundTripMs };
};

test("without media there is nothing to complain of", () => {
  const meter = new ConnectionQualityMeter();
  assert.equal(meter.measure([], []), "excellent");
  assert.equal(meter.measure([producer(100, 50)], [consumer(100, 0.5, 900)]), "excellent");
});

for (const [lost, expected] of [
  [19, "excellent"],
  [20, "good"],
  [99, "good"],
  [100, "poor"],
] as const) {
  test(`${lost} of 1000 packets lost on the way up is ${expected}`, () => {
    const meter = new ConnectionQualityMeter();
    meter.measure([producer(5_000, 700)], []);
    assert.equal(meter.measure([producer(6_000 - lost, 700 + lost)], []), expected);
  });
}

test("the way down counts by what was sent in the interval", () => {
  const meter = new ConnectionQualityMeter();
  meter.measure([], [consumer(0, 0)]);
  assert.equal(meter.measure([], [consumer(1_000, 0.11)]), "poor");
  assert.equal(meter.measure([], [consumer(2_000, 0.03)]), "good");
  assert.equal(meter.measure([], [consumer(2_000, 0.5)]), "excellent");
});

test("a long round trip is no good connection either", () => {
  const meter = new ConnectionQualityMeter();
  meter.measure([], [consumer(0, 0)]);
  assert.equal(meter.measure([], [consumer(1_000, 0, 299)]), "excellent");
  assert.equal(meter.measure([], [consumer(2_000, 0, 300)]), "good");
  assert.equal(meter.measure([], [consumer(3_000, 0, 800)]), "poor");
});

test("a handful of packets says nothing, and counters that begin anew are no loss", () => {
  const meter = new ConnectionQualityMeter();
  meter.measure([producer(1_000, 10)], []);
  assert.equal(meter.measure([producer(1_001, 15)], []), "excellent");
  assert.equal(meter.measure([producer(5, 0)], []), "excellent");
});
