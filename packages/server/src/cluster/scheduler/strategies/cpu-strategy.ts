import type { Strategy } from "./strategy.js";

/** What is free of the processor: 100 − cpu. For nodes whose streams cost very different amounts, or that differ in size. */
export const cpuStrategy: Strategy = (loads) => loads.map(({ cpuPercent }) => 100 - Math.min(100, Math.max(0, cpuPercent)));
