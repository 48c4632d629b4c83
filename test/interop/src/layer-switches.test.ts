/** Layer switches between simulcast encodings. */
import { testLayerSwitches } from "./harness/layer-switching.js";

/** Of each encoding at most, bit/s: all three fit into what a browser sends soon. */
const maxBitrateBps = 400_000;

testLayerSwitches([
  { codec: "vp8", maxBitrateBps },
  // Its payload says nothing of temporal layers: the dependency descriptor does.
  { codec: "h264", simulcast: true, scalabilityMode: "L1T3", maxBitrateBps },
]);
