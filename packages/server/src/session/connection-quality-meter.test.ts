import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ConnectionQualityMeter } from "./connection-quality-meter.js";
import type { MediaSample } from "./quality-score.js";

const sample = (lossRatio: number, more: Partial<MediaSample> = {}): MediaSample => {
  const perfect = { kind: "video", packets: 500, roundTripMs: 20, jitterMs: 2, frozenRatio: 0, starvedRatio: 0 } as const;
  return { ...perfect, lossRatio, ...more };
};

/** Qualities at the end of each second. */
function watch(meter: ConnectionQualityMeter, seconds: number, ...samples: readonly MediaSample[]): string[] {
  return Array.from({ length: seconds }, () => meter.measure(samples, 1));
}

test("without media there is nothing to complain of", () => {
  const meter = new ConnectionQualityMeter();
  assert.deepEqual(new Set(watch(meter, 60)), new Set(["excellent"]));
  assert.deepEqual(new Set(watch(meter, 60, sample(0, { packets: 0, roundTripMs: 900 }))), new Set(["excellent"]));
});

for (const [name, bad, expected] of [
  ["1 % loss", sample(0.01), "excellent"],
  ["3 % loss", sample(0.03), "good"],
  ["8 % loss", sample(0.08), "poor"],
  ["3 % loss of audio beside a perfect video", sample(0.03, { kind: "audio" }), "good"],
  ["500 ms round trip", sample(0, { roundTripMs: 500 }), "good"],
  ["a picture that stands still", sample(0, { frozenRatio: 1 }), "poor"],
  ["half of the videos starved", sample(0, { starvedRatio: 0.5 }), "good"],
] as const) {
  test(`${name} for a minute is ${expected}`, () => {
    assert.equal(watch(new ConnectionQualityMeter(), 60, sample(0), bad).at(-1), expected);
  });
}

test("bad news comes within three seconds, good news within a quarter of a minute, a spike is no news", () => {
  const meter = new ConnectionQualityMeter();
  assert.equal(watch(meter, 1, sample(0.02))[0], "excellent");
  assert.equal(watch(meter, 10, sample(0)).at(-1), "excellent");
  assert.equal(watch(meter, 3, sample(0.3)).at(-1), "poor");
  const recovery = watch(meter, 20, sample(0));
  assert.deepEqual([recovery[0], recovery[14]], ["poor", "excellent"]);
  assert.ok(recovery.indexOf("good") < recovery.indexOf("excellent"));
});

test("around a threshold it does not flap", () => {
  for (const around of [0.02, 0.06]) {
    const meter = new ConnectionQualityMeter();
    watch(meter, 60, sample(around));
    const seen = Array.from({ length: 120 }, (_, second) =>
      meter.measure([sample(around + (second % 2 === 0 ? 0.003 : -0.003))], 1),
    );
    const changes = seen.filter((quality, at) => at > 0 && quality !== seen[at - 1]).length;
    assert.ok(changes <= 1, `${changes} changes around ${around}`);
  }
});

test("the interval of the polls hardly matters", () => {
  const ends = [0.5, 1, 5].map((seconds) => {
    const meter = new ConnectionQualityMeter();
    for (let passed = 0; passed < 10; passed += seconds) meter.measure([sample(0.05)], seconds);
    return Math.round(meter.score);
  });
  assert.equal(new Set(ends).size, 1, ends.join());
});

test("the score stays within 0 and 100 whatever is measured, and worse is never better", () => {
  const ratio = fc.double({ min: 0, max: 1, noNaN: true });
  const ms = fc.double({ min: 0, max: 1e6, noNaN: true });
  const samples = fc.record({
    kind: fc.constantFrom("audio" as const, "video" as const),
    packets: fc.nat(),
    lossRatio: ratio,
    roundTripMs: ms,
    jitterMs: ms,
    frozenRatio: ratio,
    starvedRatio: ratio,
  });
  fc.assert(
    fc.property(fc.array(fc.tuple(samples, fc.double({ min: 0, max: 60, noNaN: true })), { maxLength: 50 }), (measured) => {
      const [meter, worse] = [new ConnectionQualityMeter(), new ConnectionQualityMeter()];
      for (const [each, seconds] of measured) {
        meter.measure([each], seconds);
        worse.measure([each, sample(1)], seconds);
        assert.ok(meter.score >= 0 && meter.score <= 100);
        assert.ok(worse.score <= meter.score + 1e-9);
      }
    }),
  );
});
