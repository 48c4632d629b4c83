import { SluiceError } from "@sluice/protocol";
import { limitAdvice } from "../load/limit-advice.js";
import type { LoadEnding, LoadRefusal } from "../load/load-run.js";
import type { ProgressLine } from "../load/progress-line.js";
import type { CommandContext } from "./command.js";
import { Ending } from "./ending.js";

export const DEFAULT_MAX_ERROR_RATE = 0.01;

/** A load that a command runs. */
export interface Load {
  run(): Promise<LoadEnding>;
  interrupt(): void;
}

/** Runs it to its end; Ctrl-C ends it early, and at once when it comes again. `line` is gone then. */
export async function runLoad(load: Load, line: ProgressLine): Promise<LoadEnding> {
  const ending = new Ending(undefined);
  ending.wait().then(
    () => load.interrupt(),
    () => {}, // It has no failure of its own.
  );
  return load.run().finally(() => {
    ending.stop();
    line.clear();
  });
}

/** What the command fails with when the server took fewer than were wanted. `what`: of them, "connections" for example. */
export function refusalError(what: string, wanted: number, { message, connections }: LoadRefusal): SluiceError {
  const advice = limitAdvice(message);
  const more = advice === undefined ? "" : `; ${advice}`;
  return new SluiceError("resourceExhausted", `of ${wanted} ${what} the server took ${connections}: ${message}${more}`);
}

/** The command's exit code when so much went wrong, both 0–1; beyond `maxErrorRate` it says so. */
export function errorRateExitCode(
  command: string,
  errorRate: number,
  maxErrorRate: number,
  { stderr }: CommandContext,
): number {
  if (errorRate <= maxErrorRate) return 0;
  const percent = (errorRate * 100).toFixed(2);
  stderr.write(`sluice ${command}: ${percent} % went wrong, --max-error-rate is ${maxErrorRate * 100} %\n`);
  return 1;
}
