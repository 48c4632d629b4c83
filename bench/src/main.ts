/** `npm run bench -- NAME`: every bench prints JSON lines on standard output. */
import { benchForward } from "./forward/forward.js";

const BENCHES: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  forward: benchForward,
};

const USAGE = `Usage: npm run bench -- NAME [options]

  forward [--quick]   the packet path: one publisher, N subscribers, as the worker ships
`;

const [name, ...args] = process.argv.slice(2);
const bench = name === undefined ? undefined : BENCHES[name];
if (bench === undefined) {
  process.stderr.write(USAGE);
  process.exitCode = name === undefined || name === "--help" ? 0 : 2;
} else {
  await bench(args);
}
