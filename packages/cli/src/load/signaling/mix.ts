import { UsageError } from "../../usage-error.js";

/** What a load of signaling is made of. */
export const OPERATIONS = ["join", "subscribe", "signal", "data", "ping"] as const;
export type Operation = (typeof OPERATIONS)[number];

/** Shares, of any sum; what is not there does not occur. */
export type Mix = ReadonlyMap<Operation, number>;

export const DEFAULT_MIX: Mix = new Map([
  ["subscribe", 6],
  ["signal", 2],
  ["data", 1],
  ["ping", 1],
]);

const MAX_WEIGHT = 1_000_000;

/** Of "join=1,signal=5"; "signal" alone is "signal=1". Throws UsageError. */
export function parseMix(text: string): Mix {
  const mix = new Map<Operation, number>();
  for (const part of text.split(",")) {
    const [, name = "", weightText = "1"] = /^\s*(\w+)(?:=(\d{1,7}))?\s*$/.exec(part) ?? [];
    const operation = OPERATIONS.find((each) => each === name);
    const weight = Number(weightText);
    if (operation === undefined || weight > MAX_WEIGHT || mix.has(operation)) {
      throw new UsageError(
        `--mix ${text}: expected each of ${OPERATIONS.join(", ")} at most once, for example join=1,signal=5`,
      );
    }
    mix.set(operation, weight);
  }
  if ([...mix.values()].every((weight) => weight === 0)) throw new UsageError(`--mix ${text}: nothing is left to do`);
  return mix;
}

/**
 * The operations of a mix one after the other, each as often as its share and as evenly spread as can be (smooth weighted round robin, as of nginx):
 * the same mix is the same sequence in every run.
 */
export class MixSequence {
  readonly #entries: { readonly operation: Operation; readonly weight: number; credit: number }[];
  readonly #total: number;

  constructor(mix: Mix) {
    this.#entries = [...mix].map(([operation, weight]) => ({ operation, weight, credit: 0 }));
    this.#total = this.#entries.reduce((sum, { weight }) => sum + weight, 0);
  }

  next(): Operation {
    for (const entry of this.#entries) entry.credit += entry.weight;
    const chosen = this.#entries.reduce((best, entry) => (entry.credit > best.credit ? entry : best));
    chosen.credit -= this.#total;
    return chosen.operation;
  }
}
