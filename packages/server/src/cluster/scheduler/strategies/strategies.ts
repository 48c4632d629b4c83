import { cpuStrategy } from "./cpu-strategy.js";
import { hybridStrategy } from "./hybrid-strategy.js";
import type { Strategy } from "./strategy.js";
import { streamsStrategy } from "./streams-strategy.js";

/** By the name that an operator gives. */
export const STRATEGIES = {
  cpu: cpuStrategy,
  streams: streamsStrategy,
  hybrid: hybridStrategy,
} as const satisfies Record<string, Strategy>;

export type StrategyName = keyof typeof STRATEGIES;

export const DEFAULT_STRATEGY: StrategyName = "hybrid";
