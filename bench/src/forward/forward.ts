import { type ForwardResult, forwardCases, quickForwardCases } from "./forward-case.js";
import { forwardTable } from "./forward-table.js";
import { runCase } from "./run-case.js";

/** Seconds each case is measured for. */
const SECONDS = 4;

/** `npm run bench -- forward [--quick] [--table]`: one JSON line per case, or all of them as a Markdown table. */
export async function benchForward(args: readonly string[]): Promise<void> {
  const cases = args.includes("--quick") ? quickForwardCases() : forwardCases();
  const asTable = args.includes("--table");
  const results: ForwardResult[] = [];
  for (const [index, benchCase] of cases.entries()) {
    if (process.stderr.isTTY) process.stderr.write(`\rforward ${index + 1}/${cases.length} `);
    const result = await runCase(benchCase, SECONDS);
    results.push(result);
    if (!asTable) console.log(JSON.stringify(result));
  }
  if (asTable) console.log(forwardTable(results));
}
