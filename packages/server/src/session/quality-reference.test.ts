/** docs/reference/quality.md has the formula as it is. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { QUALITY_FOLLOWS, QUALITY_HYSTERESIS, QUALITY_THRESHOLDS } from "./connection-quality-meter.js";
import { DELAY, FREEZE_WEIGHT, LOSS_WEIGHT, MIN_PACKETS, STARVATION_WEIGHT } from "./quality-score.js";

const page = readFileSync(new URL("../../../../docs/reference/quality.md", import.meta.url), "utf8").replaceAll(/\s+/g, " ");

for (const sentence of [
  `d / ${DELAY.msPerPointBelow} up to ${DELAY.kneeMs} ms, then (d − ${DELAY.offsetMs}) / ${DELAY.msPerPointAbove} |`,
  `× ${LOSS_WEIGHT.video} for video, × ${LOSS_WEIGHT.audio} for audio; nothing when fewer than ${MIN_PACKETS} packets passed |`,
  `| freezes | ${FREEZE_WEIGHT} × the share`,
  `| starvation | ${STARVATION_WEIGHT} × the share`,
  `a time constant of ${QUALITY_FOLLOWS.fallSeconds} s when it gets worse and ${QUALITY_FOLLOWS.riseSeconds} s when it gets better`,
  `Above ${QUALITY_THRESHOLDS.excellent} it is \`excellent\`, above ${QUALITY_THRESHOLDS.good} \`good\``,
  `exceed the threshold by ${QUALITY_HYSTERESIS}.`,
]) {
  test(`docs/reference/quality.md says "${sentence}"`, () => assert.ok(page.includes(sentence)));
}
