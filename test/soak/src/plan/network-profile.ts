import type { LinkParameters } from "@sluice/netem";

/** A path between a guest and the node. */
export interface NetworkProfile {
  readonly name: string;
  /** From the guest to the node. */
  readonly uplink: Partial<LinkParameters>;
  /** From the node to the guest. */
  readonly downlink: Partial<LinkParameters>;
}

const both = (name: string, link: Partial<LinkParameters>): NetworkProfile => ({ name, uplink: link, downlink: link });

/** Those that guests have. Whatever one changes of a link it states in all of them, so that going from one to another leaves nothing of the first. */
export const NETWORK_PROFILES: readonly NetworkProfile[] = [
  both("far", link({ delayMs: 40, jitterMs: 8 })),
  both("lossy", link({ loss: { kind: "uniform", probability: 0.05 }, delayMs: 15 })),
  both(
    "bursts",
    link({ loss: { kind: "gilbert-elliott", enterBad: 0.01, leaveBad: 0.25, lossInBad: 0.8, lossInGood: 0 }, delayMs: 10 }),
  ),
  both("disorderly", link({ delayMs: 10, reorderProbability: 0.03, reorderMs: 25, duplicateProbability: 0.02 })),
  { name: "narrow", uplink: link({ delayMs: 10 }), downlink: link({ delayMs: 10, rateBps: 700_000 }) },
  both("clean", link({})),
];

function link(change: Partial<LinkParameters>): Partial<LinkParameters> {
  return {
    loss: { kind: "none" },
    delayMs: 0,
    jitterMs: 0,
    reorderProbability: 0,
    duplicateProbability: 0,
    rateBps: Number.POSITIVE_INFINITY,
    ...change,
  };
}
