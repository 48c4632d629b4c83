import { startSluiceNode } from "./sluice-node.js";
import { median, round } from "./summary.js";

const RUNS = 7;

export interface ColdStartResult {
  readonly bench: "coldstart";
  readonly runs: number;
  /** From the start of the process until the node says that it listens, its worker ready. */
  readonly listeningMs: number;
  readonly listeningMostMs: number;
}

/** `npm run bench -- coldstart`: how soon a built node listens. The first start, which fills the file cache, does not count. */
export async function benchColdStart(): Promise<void> {
  const times: number[] = [];
  for (let run = 0; run <= RUNS; run++) {
    const { process, startedWithinMs } = await startSluiceNode();
    await process.end();
    if (run > 0) times.push(startedWithinMs);
  }
  const result: ColdStartResult = {
    bench: "coldstart",
    runs: RUNS,
    listeningMs: round(median(times), 0),
    listeningMostMs: round(Math.max(...times), 0),
  };
  console.log(JSON.stringify(result));
}
