import { parseArgs } from "node:util";
import { runSluice } from "../run-sluice.js";
import { startSluiceNode } from "../sluice-node.js";

const DEFAULT_CONNECTIONS = "5000";
const RATE = "300";
const DURATION = "20s";
const CONNECT_RATE = "400";

/** What `sluice loadgen --json` says, as far as it is looked at. */
export interface SignalingResult {
  readonly bench: "signaling";
  readonly connections: number;
  readonly answeredPerSecond: number;
  readonly errors: number;
  /** From when a request was due to its answer. */
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly generator: { readonly isLimit: boolean };
}

/** `npm run bench -- signaling [--connections N]`: 300 subscribe requests a second over so many connections, each with a token of its own. */
export async function benchSignaling(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { connections: { type: "string", default: DEFAULT_CONNECTIONS } } });
  const { process, webSocketUrl } = await startSluiceNode(["--limits.connections-per-ip", "100000"]);
  try {
    const load = ["-c", values.connections, "-r", RATE, "-d", DURATION, "--connect-rate", CONNECT_RATE, "--mix", "subscribe=1"];
    const report = await runSluice(["loadgen", ...load, "--dev", "--json", "--url", webSocketUrl]);
    console.log(JSON.stringify({ bench: "signaling", ...report }));
  } finally {
    await process.end();
  }
}
