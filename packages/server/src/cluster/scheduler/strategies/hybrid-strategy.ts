import { cpuStrategy } from "./cpu-strategy.js";
import { normalise } from "./normalise.js";
import type { Strategy } from "./strategy.js";
import { streamsStrategy } from "./streams-strategy.js";

/** Streams count for more, because they are known at once. */
export const HYBRID_SHARES = { cpu: 0.4, streams: 0.6 } as const;

/**
 * 0.4·cpu + 0.6·streams, each beside the best node's. Without that, 1/(streams + 1) would be nothing beside a share of the processor
 * from ten streams on.
 */
export const hybridStrategy: Strategy = (loads) => {
  const streams = normalise(streamsStrategy(loads));
  return normalise(cpuStrategy(loads)).map(
    (cpu, index) => HYBRID_SHARES.cpu * cpu + HYBRID_SHARES.streams * (streams[index] as number),
  );
};
