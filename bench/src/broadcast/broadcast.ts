import { parseArgs } from "node:util";
import { ProcessTree } from "../process-tree.js";
import { runSluice } from "../run-sluice.js";
import { startSluiceNode } from "../sluice-node.js";
import { round } from "../summary.js";

const DEFAULT_SUBSCRIBERS = "2000";
const DURATION = "15s";
const JOIN_RATE = "100";

/** What `sluice loadtest --json` says, as far as it is looked at, and what the node took for it. */
export interface BroadcastResult {
  readonly bench: "broadcast";
  readonly subscribers: number;
  readonly wantedSubscribers: number;
  readonly deliveredPackets: number;
  readonly deliveredPerSecond: number;
  readonly errors: number;
  /** Packets of subscribers that only count, and of those that do everything, whose losses are what repair left. */
  readonly counted: { readonly packets: number; readonly lost: number };
  readonly sampled: { readonly packets: number; readonly lost: number };
  readonly delay: { readonly p50Ms: number; readonly p99Ms: number };
  readonly generator: { readonly isLimit: boolean; readonly cpu: number; readonly socketDrops: number };
  /** Of the busiest second, node and worker together: 1 is a core. */
  readonly nodeCoresMost: number;
}

/** `npm run bench -- broadcast [--subscribers N]`: one video of 600 kbps to so many subscribers, everything on, on one worker. */
export async function benchBroadcast(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { subscribers: { type: "string", default: DEFAULT_SUBSCRIBERS } } });
  const { process, webSocketUrl } = await startSluiceNode(["--limits.connections-per-ip", "100000"]);
  const cores = watchCores(process.pid);
  try {
    const load = ["--publishers", "1", "--subscribers", values.subscribers, "--hidden", "--bitrate", "600kbps"];
    const times = ["--duration", DURATION, "--join-rate", JOIN_RATE];
    const report = await runSluice(["loadtest", ...load, ...times, "--dev", "--json", "--url", webSocketUrl]);
    console.log(JSON.stringify({ bench: "broadcast", ...report, nodeCoresMost: round(cores.most(), 2) }));
  } finally {
    cores.stop();
    await process.end();
  }
}

function watchCores(pid: number) {
  const tree = new ProcessTree(pid);
  let last: { readonly seconds: number; readonly ms: number } | undefined;
  let most = 0;
  const timer = setInterval(async () => {
    const now = { seconds: await tree.cpuSeconds(), ms: performance.now() };
    if (last !== undefined) most = Math.max(most, ((now.seconds - last.seconds) * 1e3) / (now.ms - last.ms));
    last = now;
  }, 1_000);
  return { most: () => most, stop: () => clearInterval(timer) };
}
