import { forwardCases } from "./forward-case.js";
import { runCase } from "./run-case.js";

/** Seconds each case is measured for. */
const SECONDS = 4;

/** `npm run bench -- forward [--quick]`: one JSON line per case. */
export async function benchForward(args: readonly string[]): Promise<void> {
  const cases = forwardCases(args.includes("--quick"));
  for (const [index, benchCase] of cases.entries()) {
    if (process.stderr.isTTY) process.stderr.write(`\rforward ${index + 1}/${cases.length} `);
    console.log(JSON.stringify(await runCase(benchCase, SECONDS)));
  }
}
