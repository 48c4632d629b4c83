import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cpuFactor, latencyFactor, lossFactor, qosWeight } from "./qos-weight.js";

const isNear = (actual: number, expected: number) => assert.ok(Math.abs(actual - expected) < 1e-12, `${actual} ≠ ${expected}`);

test("latency counts as max(0.5, 1 − ms/500)", () => {
  for (const [ms, factor] of [
    [0, 1],
    [50, 0.9],
    [250, 0.5],
    [400, 0.5],
    [-20, 1],
    [Number.POSITIVE_INFINITY, 0.5],
  ] as const)
    isNear(latencyFactor(ms), factor);
});

test("loss counts as 1 − lossRate", () => {
  for (const [ratio, factor] of [
    [0, 1],
    [0.03, 0.97],
    [1, 0],
    [7, 0],
    [-1, 1],
  ] as const)
    isNear(lossFactor(ratio), factor);
});

test("cpu counts as max(0.4, 1 − cpu/90)", () => {
  for (const [percent, factor] of [
    [0, 1],
    [45, 0.5],
    [54, 0.4],
    [90, 0.4],
    [1e9, 0.4],
    [-5, 1],
  ] as const)
    isNear(cpuFactor(percent), factor);
});

test("the product stays between 0.3 and 1.2, whatever was measured", () => {
  isNear(qosWeight(0.9, 0.97, 0.5), 0.9 * 0.97 * 0.5);
  isNear(qosWeight(0.5, 1, 0.4), 0.3);
  isNear(qosWeight(3, 1, 1), 1.2);
  const reading = fc.double({ noNaN: true });
  fc.assert(
    fc.property(reading, reading, reading, (ms, ratio, percent) => {
      const weight = qosWeight(latencyFactor(ms), lossFactor(ratio), cpuFactor(percent));
      assert.ok(weight >= 0.3 && weight <= 1);
    }),
  );
});
