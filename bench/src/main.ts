/** `npm run bench [-- NAME]`: every bench prints JSON lines on standard output; without a name all of them run and are saved. */
import { benchBroadcast } from "./broadcast/broadcast.js";
import { benchBus } from "./bus/bus.js";
import { benchColdStart } from "./cold-start.js";
import { benchConnections } from "./connections/connections.js";
import { benchData } from "./data/data.js";
import { benchCompare } from "./forward/compare.js";
import { benchForward } from "./forward/forward.js";
import { benchJoin } from "./join/join.js";
import { benchJsonRpc } from "./jsonrpc.js";
import { benchPeers } from "./peers/peers.js";
import { benchRegistry } from "./registry.js";
import { writeResults } from "./results/results-page.js";
import { runAndSave } from "./results/run-and-save.js";
import { benchScheduler } from "./scheduler/scheduler.js";
import { benchSignaling } from "./signaling/signaling.js";
import { benchSrtp } from "./srtp.js";

interface Bench {
  readonly run: (args: readonly string[]) => Promise<void>;
  /** Its options in a run of everything, and in a quick one; without them it runs when it is asked for. */
  readonly inAll?: { readonly full: readonly string[]; readonly quick: readonly string[] };
}

const PLAIN = { full: [], quick: [] };

/** In the order in which they run. */
const BENCHES: Readonly<Record<string, Bench>> = {
  jsonrpc: { run: benchJsonRpc, inAll: PLAIN },
  registry: { run: benchRegistry, inAll: PLAIN },
  scheduler: { run: benchScheduler, inAll: { full: ["--json"], quick: ["--json", "--rooms", "20000"] } },
  srtp: { run: benchSrtp, inAll: PLAIN },
  data: { run: benchData, inAll: PLAIN },
  coldstart: { run: benchColdStart, inAll: PLAIN },
  forward: { run: benchForward, inAll: { full: ["--quick"], quick: ["--quick"] } },
  join: { run: benchJoin, inAll: { full: ["--json"], quick: ["--json", "--runs", "2"] } },
  connections: { run: benchConnections, inAll: { full: [], quick: ["--count", "100"] } },
  signaling: { run: benchSignaling, inAll: { full: [], quick: ["--connections", "1000"] } },
  broadcast: { run: benchBroadcast, inAll: { full: [], quick: ["--subscribers", "500"] } },
  peers: { run: benchPeers, inAll: { full: ["--json"], quick: ["--json", "--quick"] } },
  compare: { run: benchCompare },
  bus: { run: benchBus },
  results: { run: async () => writeResults() },
};

const USAGE = `Usage: npm run bench [-- NAME [options]]

  jsonrpc                       a 1 KB request parsed, a 1 KB message serialised
  registry                      signaling connections found by participant, 10,000 of them
  scheduler [--rooms N] [--json]
                                100,000 rooms on 50 nodes, some of which die, by several ways of choosing a node
  srtp                          protecting and unprotecting one packet, beside node:crypto
  data                          a LiveKit data packet forwarded, beside decoding and encoding it
  coldstart                     from starting a node until it listens
  forward [--quick] [--table]   the packet path: one publisher, N subscribers, as the worker ships
  join [--runs N] [--json]      from connect to the first decoded frame in Chromium, by each door
  connections [--count N] [--form TEXT]
                                memory of idle connections, by each door
  signaling [--connections N]   300 subscribe requests a second over 5,000 connections
  broadcast [--subscribers N]   one video to 2,000 subscribers
  peers [--quick] [--json]      Sluice beside Janus, an SFU on werift, and a LiveKit server; --help says more
  compare --base DIR [--case NAME]... [--pairs N]
                                the packet path of this tree against another built one, run in turns
  bus                           messages between two nodes, by a real Redis and in memory
  results                       writes bench/results.md again, from what is saved

  --save                        saves the JSON lines of a bench in bench/results, and writes bench/results.md
  --append                      the same, beside the lines that are there

Without a NAME all but compare and bus run and are saved, in less than half an hour; with --quick, not saved, in about five minutes.
`;

/** @returns whether all of them could be measured */
async function runAll(isQuick: boolean): Promise<boolean> {
  const failed: string[] = [];
  for (const [name, { run, inAll }] of Object.entries(BENCHES)) {
    if (inAll === undefined) continue;
    process.stderr.write(`${name}…\n`);
    if (isQuick) await run(inAll.quick);
    else if (!(await runAndSave(name, inAll.full, false))) failed.push(name);
  }
  if (!isQuick) writeResults();
  if (failed.length > 0) process.stderr.write(`Not measured, so what was saved before stays: ${failed.join(", ")}\n`);
  return failed.length === 0;
}

async function runNamed(name: string, { run }: Bench, args: readonly string[]): Promise<boolean> {
  const own = args.filter((arg) => arg !== "--save" && arg !== "--append");
  if (own.length === args.length) {
    await run(own);
    return true;
  }
  const isSaved = await runAndSave(name, own, args.includes("--append"));
  writeResults();
  return isSaved;
}

const [first, ...rest] = process.argv.slice(2);
const isNamed = first?.startsWith("-") === false;
const bench = isNamed ? BENCHES[first] : undefined;
if (bench !== undefined && (first === "peers" || !rest.includes("--help"))) {
  process.exitCode = (await runNamed(first ?? "", bench, rest)) ? 0 : 1;
} else if (first === "--help" || rest.includes("--help")) {
  process.stdout.write(USAGE);
} else if (!isNamed) {
  process.exitCode = (await runAll(first === "--quick")) ? 0 : 1;
} else {
  process.stderr.write(`There is no bench called ${first}.\n\n${USAGE}`);
  process.exitCode = 2;
}
