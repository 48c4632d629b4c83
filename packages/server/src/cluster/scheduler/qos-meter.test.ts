import assert from "node:assert/strict";
import { test } from "node:test";
import { after, instant } from "@sluice/media";
import fc from "fast-check";
import { QosMeter } from "./qos-meter.js";

const t0 = instant(1_000_000);
const isNear = (actual: number, expected: number) => assert.ok(Math.abs(actual - expected) < 1e-12, `${actual} ≠ ${expected}`);

test("a node of which nothing is known weighs 1", () => {
  const meter = new QosMeter();
  assert.equal(meter.weight, 1);
  meter.handleReadings({}, t0);
  assert.equal(meter.weight, 1);
});

for (const { what, bad, good, worse, intervalMs } of [
  { what: "latency every 2 s", bad: { latencyMs: 100 }, good: { latencyMs: 0 }, worse: 0.8, intervalMs: 2_000 },
  { what: "loss every 5 s", bad: { lossRatio: 0.1 }, good: { lossRatio: 0 }, worse: 0.9, intervalMs: 5_000 },
  { what: "cpu every 10 s", bad: { cpuPercent: 45 }, good: { cpuPercent: 0 }, worse: 0.5, intervalMs: 10_000 },
]) {
  test(`${what}, and not in between`, () => {
    const meter = new QosMeter();
    meter.handleReadings(bad, t0);
    isNear(meter.weight, worse);
    for (const ms of [1, 1_000, intervalMs - 1]) {
      meter.handleReadings(good, after(t0, ms));
      isNear(meter.weight, worse);
    }
    meter.handleReadings(good, after(t0, intervalMs));
    isNear(meter.weight, 1);
    // The next interval begins with the sample, not with what was passed over.
    meter.handleReadings(bad, after(t0, 2 * intervalMs - 1));
    isNear(meter.weight, 1);
    meter.handleReadings(bad, after(t0, 2 * intervalMs));
    isNear(meter.weight, worse);
  });
}

test("a reading that is missing or no number leaves its factor alone, and the next good one is taken at once", () => {
  const meter = new QosMeter();
  meter.handleReadings({ latencyMs: 100 }, t0);
  meter.handleReadings({ latencyMs: Number.NaN, lossRatio: Number.NaN }, after(t0, 2_000));
  isNear(meter.weight, 0.8);
  assert.equal(meter.unreadable, 2);
  meter.handleReadings({ cpuPercent: 9 }, after(t0, 2_001));
  isNear(meter.weight, 0.8 * 0.9);
  meter.handleReadings({ latencyMs: 50 }, after(t0, 2_002));
  isNear(meter.weight, 0.9 * 0.9);
});

test("the weight stays between its bounds and changes no more often than its factors may, whatever is read", () => {
  const reading = fc.option(fc.double(), { nil: undefined });
  const readings = fc.record({ latencyMs: reading, lossRatio: reading, cpuPercent: reading });
  fc.assert(
    fc.property(fc.array(fc.tuple(readings, fc.nat({ max: 3_000 })), { maxLength: 60 }), (steps) => {
      const meter = new QosMeter();
      let now = t0;
      let changes = 0;
      for (const [each, pauseMs] of steps) {
        const before = meter.weight;
        meter.handleReadings(each, now);
        assert.ok(meter.weight >= 0.3 && meter.weight <= 1.2);
        if (meter.weight !== before) changes += 1;
        now = after(now, pauseMs);
      }
      const seconds = (now - t0) / 1e6;
      assert.ok(changes <= 3 + seconds / 2 + seconds / 5 + seconds / 10);
    }),
  );
});
