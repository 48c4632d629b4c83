import { parseArgs } from "node:util";
import type { ForwardCase, ForwardResult } from "../forward/forward-case.js";
import { runCase } from "../forward/run-case.js";
import { round } from "../summary.js";

const DEFAULT_SUBSCRIBERS = "2000";
const SECONDS = 8;
const PACKET_BYTES = 1_200;
/** Of the video. */
const BITRATE_BPS = 600_000;

export interface BroadcastResult extends Omit<ForwardResult, "bench"> {
  readonly bench: "broadcast";
  readonly bitrateBps: number;
  /** CPU time of the worker, by time: 1 is a core. */
  readonly workerCores: number;
}

/**
 * `npm run bench -- broadcast [--subscribers N]`: one video of 600 kbps to so many subscribers, on one worker as it ships, everything on. They are
 * the load of `forward`, which counts without decrypting: what decrypts all of it would need more cores than the worker.
 */
export async function benchBroadcast(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { subscribers: { type: "string", default: DEFAULT_SUBSCRIBERS } } });
  const broadcast: ForwardCase = {
    path: "native",
    subscribers: Number(values.subscribers),
    burst: 1,
    sizeBytes: PACKET_BYTES,
    profile: "AEAD_AES_128_GCM",
    packetsPerSecond: BITRATE_BPS / 8 / PACKET_BYTES,
  };
  const measured = await runCase(broadcast, SECONDS);
  const workerCores = round((measured.cpuUsPerForwardedPacket * measured.packetsPerSecond) / 1e6, 2);
  const result: BroadcastResult = { ...measured, bench: "broadcast", bitrateBps: BITRATE_BPS, workerCores };
  console.log(JSON.stringify(result));
}
