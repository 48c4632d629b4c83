import type { Strategy } from "./strategy.js";

/** 1/(streams + 1): a node with half the streams gets twice the keys. For nodes of one size; known at once, where CPU lags behind. */
export const streamsStrategy: Strategy = (loads) => loads.map(({ streams }) => 1 / (Math.max(0, streams) + 1));
