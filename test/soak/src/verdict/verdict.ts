import type { Sample } from "../watch/sample.js";
import type { Scrape } from "../watch/scrape.js";
import { MIN_SAMPLES, MUST_STAY_ZERO } from "./bounds.js";
import type { FaultLog } from "./fault.js";
import { countedSamples, type Growth, hasGrown, measureGrowth } from "./growth.js";

export interface Verdict {
  /** Nothing grew, got stuck or failed. */
  readonly isGood: boolean;
  /** What is wrong, in sentences; empty when nothing is. */
  readonly reasons: readonly string[];
  readonly growth: readonly Growth[];
}

/** Faults that are told one by one; all of them are in the report. */
const TOLD_FAULTS = 10;

/** `end`: what the node counted, at the end. */
export function judge(samples: readonly Sample[], faults: FaultLog, end: Pick<Scrape, "total">): Verdict {
  const growth = measureGrowth(samples);
  const counted = countedSamples(samples).length;
  const reasons = [
    ...(counted < MIN_SAMPLES
      ? [`${counted} samples after the warm-up say nothing of growth, ${MIN_SAMPLES} would: give it more minutes`]
      : []),
    ...growth.filter(hasGrown).map(describeGrowth),
    ...MUST_STAY_ZERO.flatMap(({ name, labels = {} }) => {
      const count = end.total(name, labels);
      return count === 0 ? [] : [`${name}${JSON.stringify(labels)} is ${count}`];
    }),
    ...faults.faults.slice(0, TOLD_FAULTS).map(({ atMs, what }) => `after ${Math.round(atMs / 1_000)} s: ${what}`),
    ...(faults.count > TOLD_FAULTS ? [`and ${faults.count - TOLD_FAULTS} faults more`] : []),
  ];
  return { isGood: reasons.length === 0, reasons, growth };
}

function describeGrowth({ process, quantity, growth, bound, median, samples }: Growth): string {
  const [grown, allowed, middle] = [growth, bound, median].map((value) => formatQuantity(quantity, value));
  return `${quantity} of ${process} grew by ${grown} over ${samples} samples (median ${middle}); ${allowed} would be no growth`;
}

/** "12.3 MiB", or a number. */
export function formatQuantity(quantity: Growth["quantity"], value: number): string {
  return quantity.endsWith("Bytes") ? `${(value / 1_048_576).toFixed(1)} MiB` : String(Math.round(value * 10) / 10);
}
