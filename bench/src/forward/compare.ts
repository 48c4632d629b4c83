import { loadavg } from "node:os";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { median, percentile, round } from "../summary.js";
import { COMPARE_CASES } from "./compare-cases.js";
import type { ForwardCase, ForwardResult } from "./forward-case.js";
import { runCase } from "./run-case.js";

/** Seconds each run is measured for, after its own warm-up. */
const SECONDS = 3;

const DEFAULT_PAIRS = 7;

/** Where fewer packets than this arrived, per cent, the machine was busy with something else, and the run did less than it was paid for. */
const UNDISTURBED_PERCENT = 99;

type RunCase = typeof runCase;

/**
 * `npm run bench -- compare --base DIR [--case NAME]… [--pairs N]`: this tree against another built one, each with its own bench,
 * in pairs of runs one after the other. Which tree goes first changes with each pair, so that what the machine does meanwhile
 * hits both alike. One JSON line per case, of all runs; nothing is thrown away.
 */
export async function benchCompare(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { base: { type: "string" }, case: { type: "string", multiple: true }, pairs: { type: "string" } },
  });
  if (values.base === undefined) throw new Error("compare needs --base DIR, a built tree");
  const base = (await import(pathToFileURL(resolve(values.base, "bench/dist/forward/run-case.js")).href)) as {
    readonly runCase: RunCase;
  };
  const pairs = Number(values.pairs ?? DEFAULT_PAIRS);
  for (const name of values.case ?? Object.keys(COMPARE_CASES)) {
    const benchCase = COMPARE_CASES[name];
    if (benchCase === undefined) throw new Error(`no case ${name}; there are ${Object.keys(COMPARE_CASES).join(", ")}`);
    console.log(JSON.stringify({ bench: "compare", case: name, ...(await compareCase(base.runCase, benchCase, pairs)) }));
  }
}

async function compareCase(runBase: RunCase, benchCase: ForwardCase, pairs: number) {
  const [loadBefore] = loadavg();
  const base: ForwardResult[] = [];
  const head: ForwardResult[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    if (pair % 2 === 0) base.push(await runBase(benchCase, SECONDS));
    head.push(await runCase(benchCase, SECONDS));
    if (pair % 2 === 1) base.push(await runBase(benchCase, SECONDS));
  }
  const ratios = head.map((result, index) => cpuOf(result) / cpuOf(base[index] as ForwardResult));
  const undisturbed = ratios.filter((_, index) => isUndisturbed(head[index]) && isUndisturbed(base[index]));
  return {
    pairs,
    cpuRatio: round(median(head.map(cpuOf)) / median(base.map(cpuOf)), 3),
    /** Of each pair's own ratio: how far the answer can be trusted. */
    pairRatios: spread(ratios, 3),
    /** Of those pairs alone in which all arrived: what counts on a busy machine, if there are any. */
    undisturbedRatios: undisturbed.length === 0 ? undefined : spread(undisturbed, 3),
    base: summaryOf(base),
    head: summaryOf(head),
    loadAverage: [loadBefore, loadavg()[0]].map((load) => round(load ?? 0, 2)),
  };
}

function summaryOf(results: readonly ForwardResult[]) {
  return {
    cpuUsPerForwardedPacket: spread(results.map(cpuOf), 2),
    packetsPerSecond: Math.round(median(results.map((result) => result.packetsPerSecond))),
    deliveredPercentLeast: Math.min(...results.map((result) => result.deliveredPercent)),
    allocatedBytesPerPacket: median(results.map((result) => result.allocatedBytesPerPacket)),
  };
}

function isUndisturbed(result: ForwardResult | undefined): boolean {
  return result !== undefined && result.deliveredPercent >= UNDISTURBED_PERCENT;
}

function cpuOf(result: ForwardResult): number {
  return result.cpuUsPerForwardedPacket;
}

function spread(values: readonly number[], digits: number) {
  const at = (ratio: number) => round(percentile(values, ratio), digits);
  return { median: at(0.5), least: at(0), most: at(1), all: values.map((value) => round(value, digits)) };
}
