/**
 * How good a node is to be on just now, 0.3–1.2: the product of three factors. docs/reference/scheduling.md is the same in prose.
 *
 * The floors keep one bad measurement from emptying a node, and the bounds of the product keep three of them from it. No factor is
 * above 1, so the upper bound holds for a factor yet to come.
 */
export const QOS = {
  /** `noneMs`: the round trip at which nothing would be left, ms. Sampled most often, because paths change in seconds. */
  latency: { intervalMs: 2_000, noneMs: 500, floor: 0.5 },
  /** Sampled every 5 s: of fewer packets one lost packet would be much. */
  loss: { intervalMs: 5_000 },
  /** Sampled every 10 s: a node that is given keys gets busy, and the answer to that must not swing. */
  cpu: { intervalMs: 10_000, nonePercent: 90, floor: 0.4 },
  minWeight: 0.3,
  maxWeight: 1.2,
} as const;

/** 0.5–1 of a round trip in ms. */
export function latencyFactor(latencyMs: number): number {
  return Math.max(QOS.latency.floor, 1 - Math.max(0, latencyMs) / QOS.latency.noneMs);
}

/** 0–1 of the share of packets lost, 0–1. */
export function lossFactor(lossRatio: number): number {
  return 1 - Math.min(1, Math.max(0, lossRatio));
}

/** 0.4–1 of the load of all cores, 0–100. */
export function cpuFactor(cpuPercent: number): number {
  return Math.max(QOS.cpu.floor, 1 - Math.max(0, cpuPercent) / QOS.cpu.nonePercent);
}

export function qosWeight(latency: number, loss: number, cpu: number): number {
  return Math.min(QOS.maxWeight, Math.max(QOS.minWeight, latency * loss * cpu));
}
