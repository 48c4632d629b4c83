import { writeFileSync } from "node:fs";
import { SluiceError } from "@sluice/protocol";
import { isSet, ratioFlag, textFlag } from "../flags/read-flags.js";
import { checkDescriptors, descriptorLimit } from "../load/descriptor-limit.js";
import { ProgressLine } from "../load/progress-line.js";
import { formatProgress } from "../load/signaling/format-progress.js";
import { formatSignaling } from "../load/signaling/format-signaling.js";
import { signalingPage } from "../load/signaling/signaling-page.js";
import { SignalingRun } from "../load/signaling/signaling-run.js";
import { summarizeSignaling } from "../load/signaling/signaling-summary.js";
import { createStyle } from "../terminal/style.js";
import type { Command } from "./command.js";
import { CREDENTIAL_FLAGS } from "./credentials.js";
import { planLoadgen } from "./loadgen-plan.js";
import { URL_FLAG } from "./node-url.js";
import { DEFAULT_MAX_ERROR_RATE, errorRateExitCode, refusalError, runLoad } from "./run-load.js";

export const loadgen: Command = {
  flags: [
    URL_FLAG,
    { usage: "-c, --connections <number>", meaning: "Connections to hold (default: 10)" },
    {
      usage: "--steps <list>",
      meaning: "Connections to hold one after the other, for example 500,1000,5000; each for an equal part of the duration",
    },
    { usage: "-r, --rate <number>", meaning: "Requests a second of all connections together; 0 only holds them (default: 10)" },
    { usage: "-d, --duration <duration>", meaning: "How long requests are sent, for example 120s (default: 10s)" },
    {
      usage: "--mix <list>",
      meaning: "Shares of join, subscribe, signal, data and ping (default: subscribe=6,signal=2,data=1,ping=1)",
    },
    ...CREDENTIAL_FLAGS,
    {
      usage: "-H, --header <header>",
      meaning: 'Header of every connection, may be given several times; "Authorization: Bearer …" is one token for all',
      isRepeated: true,
    },
    { usage: "--room <name>", meaning: "How the names of the rooms begin (default: loadgen)" },
    { usage: "--participants-per-room <number>", meaning: "Connections that are in one room (default: 10)" },
    { usage: "--connect-rate <number>", meaning: "New connections a second (default: 200)" },
    { usage: "--timeout <duration>", meaning: "How long an answer is waited for (default: 10s)" },
    { usage: "--processes <number>", meaning: "Processes that share the work (default: 1)" },
    {
      usage: "--max-error-rate <share>",
      meaning: "The exit code is 1 when more requests and connections fail, for example 0.5% (default: 1%)",
    },
    { usage: "--html <file>", meaning: "Write the report as a page with plots, too" },
    { usage: "--json", meaning: "Print the report as one JSON object: requests, errors, p50Ms, p90Ms, p99Ms, p999Ms and more" },
  ],
  notes: [
    "Every long flag may have one dash: -url. Requests are sent when they are due, whether or not earlier ones were answered, and latencies begin",
    "when a request was due. Ctrl-C ends early with a report, and again at once. Nothing but --url is connected to.",
  ].join("\n"),
  examples: [
    "loadgen -c 5000 -r 300 -d 120s -url ws://127.0.0.1:7880/rpc --dev",
    'loadgen -c 100 -r 50 -H "Authorization: Bearer $TOKEN" -url wss://sluice.example/rpc',
    "loadgen --steps 500,1000,5000 -r 300 -d 90s --mix join=1,signal=5 --dev --html report.html",
  ],
  async run(flags, context) {
    const plan = planLoadgen(flags, context);
    const maxErrorRate = ratioFlag(flags, "max-error-rate") ?? DEFAULT_MAX_ERROR_RATE;
    const page = textFlag(flags, "html");
    checkDescriptors(plan.steps.at(-1) ?? 0, plan.processes, descriptorLimit());
    const line = new ProgressLine(context.stderr, context.environment);
    const run = new SignalingRun(plan, () => line.show(formatProgress(plan, run.progress, run.results)));
    const ended = await runLoad(run, line);
    const summary = summarizeSignaling(plan, run.results, ended, run.progress.measuredMs);
    if (ended.type === "refused" && run.results.connect.count === 0) throw new SluiceError("unavailable", ended.message);
    if (page !== undefined) writeFileSync(page, signalingPage(summary, run.results));
    const text = formatSignaling(summary, run.results, createStyle(context.stdout, context.environment));
    context.stdout.write(isSet(flags, "json") ? `${JSON.stringify(summary)}\n` : text);
    if (ended.type === "refused") throw refusalError("connections", plan.steps.at(-1) ?? 0, ended);
    if (summary.requests > 0 && summary.answeredPerSecond === 0) {
      context.stderr.write("sluice loadgen: nothing was answered\n");
      return 1;
    }
    return errorRateExitCode("loadgen", summary.errorRate, maxErrorRate, context);
  },
};
