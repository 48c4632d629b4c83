import assert from "node:assert/strict";
import { test } from "node:test";
import { type MediaSample, qualityScore } from "./quality-score.js";

const PERFECT: MediaSample = {
  kind: "video",
  packets: 1000,
  lossRatio: 0,
  roundTripMs: 0,
  jitterMs: 0,
  frozenRatio: 0,
  starvedRatio: 0,
};

for (const [name, sample, expected] of [
  ["nothing wrong", {}, 100],
  ["2 % of video lost", { lossRatio: 0.02 }, 80],
  ["6 % of video lost", { lossRatio: 0.06 }, 40],
  ["2.5 % of audio lost", { kind: "audio", lossRatio: 0.025 }, 80],
  ["half of everything lost", { lossRatio: 0.5 }, 0],
  ["half of nine packets lost", { packets: 9, lossRatio: 0.5 }, 100],
  ["40 ms round trip", { roundTripMs: 40 }, 99],
  ["160 ms round trip", { roundTripMs: 160 }, 96],
  ["320 ms round trip", { roundTripMs: 320 }, 80],
  ["720 ms round trip", { roundTripMs: 720 }, 40],
  ["200 ms round trip and 60 ms of jitter", { roundTripMs: 200, jitterMs: 60 }, 80],
  ["a long round trip of nothing", { packets: 0, roundTripMs: 5000, jitterMs: 500 }, 100],
  ["a fifth of the time frozen", { frozenRatio: 0.2 }, 80],
  ["all videos starved", { starvedRatio: 1 }, 40],
  ["one of three videos starved", { starvedRatio: 1 / 3 }, 80],
  ["nothing sent because it is all starved", { packets: 0, starvedRatio: 1 }, 40],
  ["a bit of everything", { lossRatio: 0.01, roundTripMs: 320, frozenRatio: 0.1, starvedRatio: 0.5 }, 30],
] as const) {
  test(`${name} scores ${expected}`, () => {
    assert.equal(Math.round(qualityScore({ ...PERFECT, ...sample })), expected);
  });
}
