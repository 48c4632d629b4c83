import { SluiceError } from "@sluice/protocol";
import { integerFlag, isSet, textFlag } from "../flags/read-flags.js";
import type { Flags } from "../flags/typed-flags.js";
import { type Downloaded, download } from "../http/download.js";
import { ProgressLine } from "../load/progress-line.js";
import { UsageError } from "../usage-error.js";
import type { Command, CommandContext } from "./command.js";

const DEFAULT_NODE = "http://127.0.0.1:7879";
const DEFAULT_SECONDS = 30;
/** As the node has it. */
const MAX_SECONDS = 300;
const MAX_WORKER = 255;
/** What a node has to write a profile, or a heap, beyond the time that it looks, ms. */
const WRITE_TIMEOUT_MS = 330_000;
const PROGRESS_INTERVAL_MS = 1_000;
const BYTES_PER_MB = 1e6;

/** What can be asked for, by flag; none is the time. */
const KINDS = {
  cpu: { path: "profile", suffix: "cpuprofile" },
  heap: { path: "heap", suffix: "heapsnapshot" },
  allocations: { path: "allocs", suffix: "heapprofile" },
  delays: { path: "delay", suffix: "json" },
} as const;

type Kind = keyof typeof KINDS;

export const profile: Command = {
  argumentUsage: "[node]",
  flags: [
    { usage: "--seconds <number>", meaning: `How long it is looked at, 1–${MAX_SECONDS} (default: ${DEFAULT_SECONDS})` },
    { usage: "--worker <index>", meaning: "The media worker to look at, from 0 on (default: 0)" },
    { usage: "--control", meaning: "Look at the control process instead" },
    { usage: "--heap", meaning: "What is on the heap, instead of where time goes; the process stands still meanwhile" },
    { usage: "--allocations", meaning: "Who allocates, instead of where time goes" },
    { usage: "--delays", meaning: "How late the event loop and packets are, instead of where time goes" },
    { usage: "-o, --output <file>", meaning: "Where to write it (default: sluice-worker-0.cpuprofile and the like)" },
    { usage: "--token <text>", meaning: "The node's profiling.token (SLUICE_PROFILING_TOKEN)" },
    { usage: "--json", meaning: "Print one JSON object: file, process, kind, seconds, sizeBytes" },
  ],
  notes: [
    `node is the address at which the node listens for operators, its admin.bind-address (default: ${DEFAULT_NODE}).`,
    "The node has to be started with --profiling.enabled and --profiling.token. Chrome's DevTools and speedscope open what comes.",
  ].join("\n"),
  examples: [
    "profile --seconds 30 --worker 0 -o out.cpuprofile",
    "profile http://10.0.0.7:7879 --control --allocations",
    "profile --worker 1 --heap --json",
  ],
  async run(flags, context, args) {
    const plan = planProfile(flags, context, args);
    const line = new ProgressLine(context.stderr, context.environment);
    const downloaded = await take(plan, line);
    if (!("sizeBytes" in downloaded)) throw explained(plan, downloaded);
    const { file, process, kind, seconds } = plan;
    const { sizeBytes } = downloaded;
    if (plan.isJson) context.stdout.write(`${JSON.stringify({ file, process, kind, seconds, sizeBytes })}\n`);
    else context.stdout.write(`${file}: ${(sizeBytes / BYTES_PER_MB).toFixed(1)} MB, ${ADVICE[kind]}\n`);
    return 0;
  },
};

const ADVICE: Readonly<Record<Kind, string>> = {
  cpu: "for Chrome's DevTools (Performance) or https://www.speedscope.app",
  heap: "for Chrome's DevTools (Memory); it holds the secrets of the node",
  allocations: "for Chrome's DevTools (Memory) or https://www.speedscope.app",
  delays: "times in ms",
};

interface ProfilePlan {
  readonly url: URL;
  readonly token: string;
  /** As the node calls it. */
  readonly process: string;
  readonly kind: Kind;
  /** 0: it is what it is at once. */
  readonly seconds: number;
  readonly file: string;
  readonly isJson: boolean;
}

function planProfile(flags: Flags, { environment }: CommandContext, args: readonly string[]): ProfilePlan {
  const [node = DEFAULT_NODE, ...others] = args;
  if (others.length > 0) throw new UsageError("one node at a time");
  const url = URL.canParse(node) ? new URL(node) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`${node}: expected an address such as ${DEFAULT_NODE}`);
  }
  const token = textFlag(flags, "token") ?? environment.SLUICE_PROFILING_TOKEN;
  if (!token) throw new UsageError("--token is missing: the node's profiling.token, which SLUICE_PROFILING_TOKEN may hold too");
  const kind = readKind(flags);
  const worker = integerFlag(flags, "worker", 0, MAX_WORKER);
  if (worker !== undefined && isSet(flags, "control")) throw new UsageError("--worker and --control: one of them");
  const process = isSet(flags, "control") ? "control" : `worker-${worker ?? 0}`;
  const asked = integerFlag(flags, "seconds", 1, MAX_SECONDS);
  if (kind === "heap" && asked !== undefined) throw new UsageError("--seconds says nothing of a heap");
  const seconds = kind === "heap" ? 0 : (asked ?? DEFAULT_SECONDS);
  const { path, suffix } = KINDS[kind];
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/debug/pprof/${path}`;
  url.search = new URLSearchParams({ process, ...(seconds > 0 ? { seconds: String(seconds) } : {}) }).toString();
  const file = textFlag(flags, "output") ?? `sluice-${process}.${suffix}`;
  return { url, token, process, kind, seconds, file, isJson: isSet(flags, "json") };
}

function readKind(flags: Flags): Kind {
  const [kind = "cpu", ...others] = (["heap", "allocations", "delays"] as const).filter((name) => isSet(flags, name));
  if (others.length > 0) throw new UsageError("--heap, --allocations and --delays: one of them at a time");
  return kind;
}

async function take({ url, token, file, seconds, process }: ProfilePlan, line: ProgressLine): Promise<Downloaded> {
  const startedMs = performance.now();
  const tell = () => {
    const elapsed = Math.floor((performance.now() - startedMs) / 1000);
    line.show(
      elapsed < seconds ? `looking at ${process}: ${elapsed} of ${seconds} s` : `waiting for the profile of ${process}`,
    );
  };
  tell();
  const timer = setInterval(tell, PROGRESS_INTERVAL_MS);
  try {
    const onProgress = (sizeBytes: number) => {
      clearInterval(timer);
      line.show(`receiving ${file}: ${(sizeBytes / BYTES_PER_MB).toFixed(1)} MB`);
    };
    return await download({ url, token, file, timeoutMs: seconds * 1000 + WRITE_TIMEOUT_MS, onProgress });
  } catch (error) {
    if (error instanceof SluiceError) throw error;
    const why = error instanceof Error && "code" in error ? error.code : error;
    throw new SluiceError(
      "unavailable",
      `cannot connect to ${url.host}: ${why}; does a node with --profiling.enabled listen there (admin.bind-address)?`,
      { cause: error },
    );
  } finally {
    clearInterval(timer);
    line.clear();
  }
}

function explained(
  { url }: ProfilePlan,
  { status, reason }: { readonly status: number; readonly reason: string },
): SluiceError {
  if (status === 401) {
    return new SluiceError("unauthenticated", "the token is not the node's: --token takes its profiling.token");
  }
  // It has other paths than that, or it is where clients come.
  if (status === 404 && !reason.startsWith("there is no worker")) {
    const advice = "start it with --profiling.enabled and --profiling.token, and name its admin.bind-address";
    return new SluiceError("notFound", `no profiles are taken at ${url.host}: ${advice}`);
  }
  return new SluiceError("unavailable", reason === "" ? `${url.host} answered ${status}` : reason);
}
