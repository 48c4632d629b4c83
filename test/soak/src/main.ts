/** `npm run soak`: what it prints and how it ends. */
import { randomInt } from "node:crypto";
import { ProgressLine } from "@sluice/cli";
import { parseOptions, type SoakOptions, USAGE } from "./options.js";
import { formatReport, reportJson } from "./report.js";
import { Soak } from "./soak.js";

/** Elsewhere than on a terminal one line of progress in so many ms. */
const LINE_INTERVAL_MS = 60_000;

const options = readOptions();
if (options !== undefined) process.exitCode = (await soak(options)) ? 0 : 1;

/** undefined: help was wanted, or what was said makes no sense, which is told. */
function readOptions(): SoakOptions | undefined {
  try {
    const parsed = parseOptions(process.argv.slice(2), randomInt(2 ** 32));
    if (parsed === undefined) process.stdout.write(USAGE);
    return parsed;
  } catch (error) {
    process.stderr.write(`soak: ${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    process.exitCode = 2;
    return undefined;
  }
}

async function soak(options: SoakOptions): Promise<boolean> {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error("start it by npm run soak, which gives it --expose-gc");
  const line = new ProgressLine(process.stderr, process.env);
  let toldMs = performance.now();
  const say = (text: string) => {
    line.clear();
    process.stderr.write(`${text}\n`);
  };
  say(`A node for ${options.durationMs / 60_000} minutes, seed ${options.seed}; Ctrl-C ends it early, with a verdict.`);
  const running = new Soak(options, {
    handleProgress: (text) => {
      line.show(text);
      if (process.stderr.isTTY || performance.now() - toldMs < LINE_INTERVAL_MS) return;
      toldMs = performance.now();
      say(text);
    },
    handleFault: (what) => say(`✖ ${what}`),
  });
  process.once("SIGINT", () => running.interrupt());
  const report = await running.run(gc);
  line.clear();
  process.stdout.write(options.isJson ? `${reportJson(report)}\n` : formatReport(report));
  return report.verdict.isGood;
}
