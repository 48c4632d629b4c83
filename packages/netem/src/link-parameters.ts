import type { Loss } from "./loss-model.js";

/** What one direction of a network does to datagrams. */
export interface LinkParameters {
  /** Applied before anything else, as in Linux's netem. Default: none. */
  readonly loss: Loss;
  /** One-way delay in ms, 0 or more. Default 0. */
  readonly delayMs: number;
  /** The delay of each datagram varies evenly within ± this many ms, never below 0 and without changing the order. Default 0. */
  readonly jitterMs: number;
  /** Chance, 0…1, that a datagram is held back by {@link reorderMs} while later ones pass it. Default 0. */
  readonly reorderProbability: number;
  /** How long a reordered datagram is held back, in ms. Default 10. */
  readonly reorderMs: number;
  /** Chance, 0…1, that a datagram arrives twice. Default 0. */
  readonly duplicateProbability: number;
  /** Bits per second that the link carries, over 0; Infinity for no limit. UDP payload counts, headers do not. Default Infinity. */
  readonly rateBps: number;
  /** Bytes that wait at most for a link of limited rate; what comes on top is dropped. Default 64 KiB, about 0.5 s at 1 Mbit/s. */
  readonly queueLimitBytes: number;
}

/** A perfect link. */
export const DEFAULT_LINK_PARAMETERS: LinkParameters = {
  loss: { kind: "none" },
  delayMs: 0,
  jitterMs: 0,
  reorderProbability: 0,
  reorderMs: 10,
  duplicateProbability: 0,
  rateBps: Number.POSITIVE_INFINITY,
  queueLimitBytes: 65_536,
};

/** Throws a RangeError that names the first parameter out of its range. */
export function assertLinkParameters(parameters: LinkParameters): void {
  const { loss, rateBps } = parameters;
  for (const name of ["delayMs", "jitterMs", "reorderMs", "queueLimitBytes"] as const) {
    if (!(parameters[name] >= 0 && Number.isFinite(parameters[name]))) throw new RangeError(`${name}: ${parameters[name]}`);
  }
  if (!(rateBps > 0)) throw new RangeError(`rateBps: ${rateBps}`);
  const { kind: _, ...lossChances } = loss;
  const chances = {
    reorderProbability: parameters.reorderProbability,
    duplicateProbability: parameters.duplicateProbability,
    ...lossChances,
  };
  for (const [name, chance] of Object.entries(chances)) {
    if (!(chance >= 0 && chance <= 1)) throw new RangeError(`${name}: ${chance}`);
  }
}
