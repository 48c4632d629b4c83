/** `npm run bench -- NAME`: every bench prints JSON lines on standard output. */
import { benchForward } from "./forward/forward.js";
import { benchJsonRpc } from "./jsonrpc.js";
import { benchSrtp } from "./srtp.js";

const BENCHES: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  forward: benchForward,
  jsonrpc: benchJsonRpc,
  srtp: benchSrtp,
};

const USAGE = `Usage: npm run bench -- NAME [options]

  forward [--quick]   the packet path: one publisher, N subscribers, as the worker ships
  srtp                protecting and unprotecting one packet, beside node:crypto
  jsonrpc             a 1 KB request parsed, a 1 KB message serialised
`;

const [name, ...args] = process.argv.slice(2);
const bench = name === undefined ? undefined : BENCHES[name];
if (bench === undefined) {
  process.stderr.write(USAGE);
  process.exitCode = name === undefined || name === "--help" ? 0 : 2;
} else {
  await bench(args);
}
