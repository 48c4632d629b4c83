import type { SoakOptions } from "./options.js";
import type { FaultLog } from "./verdict/fault.js";
import { hasGrown } from "./verdict/growth.js";
import { formatQuantity, type Verdict } from "./verdict/verdict.js";
import type { Sample } from "./watch/sample.js";

/** What a soak was and what came of it. */
export interface SoakReport {
  readonly options: SoakOptions;
  /** It was asked to end before its time. */
  readonly isInterrupted: boolean;
  readonly elapsedMs: number;
  readonly rounds: number;
  /** How often each kind of action was done. */
  readonly actions: Readonly<Record<string, number>>;
  /** By family and cause; those that are not 0. */
  readonly drops: Readonly<Record<string, number>>;
  readonly samples: readonly Sample[];
  readonly faults: FaultLog;
  readonly verdict: Verdict;
  /** Of a core: what the node's processes took together, and the participants with the networks between. */
  readonly cpu: { readonly node: number; readonly participants: number };
}

/** For a person to read. */
export function formatReport({ options, elapsedMs, isInterrupted, rounds, actions, drops, verdict, cpu }: SoakReport): string {
  const list = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(", ") || "none";
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  return [
    "",
    `${(elapsedMs / 60_000).toFixed(1)} minutes${isInterrupted ? " (interrupted)" : ""}, ${rounds} rounds, seed ${options.seed}; node ${percent(cpu.node)} of a core, participants ${percent(cpu.participants)}`,
    `Actions: ${list(actions)}`,
    `Drops by cause: ${list(drops)}`,
    "",
    ["process", "quantity", "median", "growth", "bound"].map(pad).join(""),
    ...verdict.growth.map((each) => {
      const { process, quantity, median, growth, bound } = each;
      const numbers = [median, growth, bound].map((value) => formatQuantity(quantity, value));
      return `${[process, quantity, ...numbers].map(pad).join("")}${hasGrown(each) ? "grew" : ""}`;
    }),
    "",
    ...(verdict.isGood ? ["Nothing grew, nothing got stuck, nothing failed."] : verdict.reasons.map((reason) => `✖ ${reason}`)),
    "",
  ].join("\n");
}

/** One JSON object. */
export function reportJson({ options, faults, verdict, ...rest }: SoakReport): string {
  const { isGood, reasons, growth } = verdict;
  return JSON.stringify({
    isGood,
    reasons,
    seed: options.seed,
    ...rest,
    growth,
    faults: faults.faults,
    faultCount: faults.count,
  });
}

function pad(text: string, column: number): string {
  return column < 2 ? text.padEnd(15) : `${text.padStart(12)}  `;
}
