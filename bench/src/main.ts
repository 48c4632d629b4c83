/** `npm run bench [-- NAME]`: every bench prints JSON lines on standard output; without a name all of them run. */
import { benchForward } from "./forward/forward.js";
import { benchJsonRpc } from "./jsonrpc.js";
import { benchSrtp } from "./srtp.js";

const BENCHES: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  jsonrpc: benchJsonRpc,
  srtp: benchSrtp,
  forward: benchForward,
};

const USAGE = `Usage: npm run bench [-- NAME [options]]

  jsonrpc                       a 1 KB request parsed, a 1 KB message serialised
  srtp                          protecting and unprotecting one packet, beside node:crypto
  forward [--quick] [--table]   the packet path: one publisher, N subscribers, as the worker ships

Without a NAME all of them run, which takes about seven minutes.
`;

const args = process.argv.slice(2);
const name = args[0]?.startsWith("-") === false ? args.shift() : undefined;
const bench = name === undefined ? undefined : BENCHES[name];
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
