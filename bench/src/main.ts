/** `npm run bench [-- NAME]`: every bench prints JSON lines on standard output; without a name all of them run. */
import { benchConnections } from "./connections/connections.js";
import { benchData } from "./data/data.js";
import { benchCompare } from "./forward/compare.js";
import { benchForward } from "./forward/forward.js";
import { benchJoin } from "./join/join.js";
import { benchJsonRpc } from "./jsonrpc.js";
import { benchPeers } from "./peers/peers.js";
import { benchSrtp } from "./srtp.js";

const BENCHES: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  jsonrpc: benchJsonRpc,
  srtp: benchSrtp,
  data: benchData,
  forward: benchForward,
  join: benchJoin,
  connections: benchConnections,
};

/** Needs another tree, so it runs when it is asked for. */
const ON_DEMAND: typeof BENCHES = { compare: benchCompare, peers: benchPeers };

const USAGE = `Usage: npm run bench [-- NAME [options]]

  jsonrpc                       a 1 KB request parsed, a 1 KB message serialised
  srtp                          protecting and unprotecting one packet, beside node:crypto
  data                          a LiveKit data packet forwarded, beside decoding and encoding it
  forward [--quick] [--table]   the packet path: one publisher, N subscribers, as the worker ships
  join [--runs N] [--json]      from connect to the first decoded frame in Chromium, by each door
  connections [--count N] [--form TEXT]
                                memory of idle connections, by each door
  peers [--quick] [--json]      Sluice beside Janus, an SFU on werift, and a LiveKit server; --help says more
  compare --base DIR [--case NAME]... [--pairs N]
                                the packet path of this tree against another built one, run in turns

Without a NAME all but compare run, which takes about ten minutes.
`;

const args = process.argv.slice(2);
const name = args[0]?.startsWith("-") === false ? args.shift() : undefined;
const bench = name === undefined ? undefined : (BENCHES[name] ?? ON_DEMAND[name]);
if (args.includes("--help")) {
  process.stdout.write(USAGE);
} else if (bench !== undefined) {
  await bench(args);
} else if (name === undefined) {
  for (const run of Object.values(BENCHES)) await run(args);
} else {
  process.stderr.write(`There is no bench called ${name}.\n\n${USAGE}`);
  process.exitCode = 2;
}
