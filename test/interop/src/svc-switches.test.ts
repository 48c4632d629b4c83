/** Layer switches within one stream. */
import { testLayerSwitches } from "./harness/layer-switching.js";

/** Chromium wants half a megabit before it encodes three layers, whatever the codec; much more makes key frames that take their time. */
const maxBitrateBps = 700_000;

testLayerSwitches([
  { codec: "vp9", scalabilityMode: "L3T3_KEY", maxBitrateBps },
  { codec: "av1", scalabilityMode: "L3T3_KEY", maxBitrateBps },
]);
