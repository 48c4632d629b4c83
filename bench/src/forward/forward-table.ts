import type { ForwardResult } from "./forward-case.js";

const HEAD = [
  "path",
  "subscribers",
  "load",
  "packet",
  "SRTP",
  "CPU µs per forwarded packet",
  "forwarded packets/s",
  "delivered",
  "delay p50 / p99",
  "in the worker at most p50 / p99",
  "allocated bytes per packet",
];

/** The rows of README's table, in Markdown. */
export function forwardTable(results: readonly ForwardResult[]): string {
  const rows = results.map((result) => [
    result.path,
    result.subscribers,
    describeLoad(result),
    `${result.sizeBytes} B`,
    result.profile === "AEAD_AES_128_GCM" ? "GCM" : "CM",
    `**${result.cpuUsPerForwardedPacket}**`,
    result.packetsPerSecond.toLocaleString("en-US"),
    `${result.deliveredPercent} %`,
    `${milliseconds(result.delayP50Us)} / ${milliseconds(result.delayP99Us)} ms`,
    `${milliseconds(result.workerDelayP50Us)} / ${milliseconds(result.workerDelayP99Us)} ms`,
    result.allocatedBytesPerPacket,
  ]);
  return [HEAD, HEAD.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function describeLoad({ load, burst }: ForwardResult): string {
  if (load === "saturated") return `saturated, bursts of ${burst}`;
  return burst === 1 ? "evenly paced" : `bursts of ${burst}`;
}

function milliseconds(us: number): string {
  return (us / 1000).toFixed(us < 10_000 ? 2 : 0);
}
