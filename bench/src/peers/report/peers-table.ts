import type { PeerSummary, RateSummary } from "./peers-summary.js";

const HEAD = [
  "N",
  "server",
  "asked packets/s",
  "delivered",
  "CPU µs per packet",
  "server / load cores",
  "delay p50 / p99 ms",
  "dropped at server / load",
  "KB per subscriber",
];

/** With fewer, what each takes is lost in what a garbage-collected heap grows and shrinks by itself. */
const LEAST_FOR_MEMORY = 50;

/** In Markdown: the peers beside each other, for each number of subscribers and rate. */
export function peersTable(summaries: readonly PeerSummary[]): string {
  const counts = [...new Set(summaries.map(({ subscribers }) => subscribers))].sort((a, b) => a - b);
  const rows = counts.flatMap((count) => rowsOf(summaries.filter(({ subscribers }) => subscribers === count)));
  return [HEAD, HEAD.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function rowsOf(peers: readonly PeerSummary[]): string[][] {
  const asked = [...new Set(peers.flatMap(({ rates }) => rates.map(({ forwardedPerSecond }) => forwardedPerSecond)))];
  const measured = asked
    .sort((a, b) => a - b)
    .flatMap((rate, index) =>
      peers.flatMap((peer) => {
        const summary = peer.rates.find(({ forwardedPerSecond }) => forwardedPerSecond === rate);
        return summary === undefined ? [] : [rowOf(peer, summary, index === 0)];
      }),
    );
  const failed = peers.filter(({ rates }) => rates.length === 0);
  return [...measured, ...failed.map(({ subscribers, peer, failures }) => failureRow(subscribers, peer, failures[0] ?? ""))];
}

function rowOf({ peer, subscribers, memoryBytesPerSubscriber }: PeerSummary, rate: RateSummary, isFirst: boolean): string[] {
  return [
    String(subscribers),
    peer,
    count(rate.forwardedPerSecond),
    delivered(rate),
    `**${rate.cpuUsPerForwardedPacket.toFixed(1)}**`,
    `${rate.serverCores.toFixed(2)} / ${rate.loadCores.toFixed(2)}`,
    `${milliseconds(rate.delayP50Us)} / ${milliseconds(rate.delayP99Us)}`,
    `${count(rate.serverDrops)} / ${count(rate.loadDrops)}`,
    isFirst && subscribers >= LEAST_FOR_MEMORY ? String(Math.round(memoryBytesPerSubscriber / 1e3)) : "",
  ];
}

function failureRow(subscribers: number, peer: string, failure: string): string[] {
  return [String(subscribers), peer, "", failure, "", "", "", "", ""];
}

function delivered({ limit, deliveredPercent }: RateSummary): string {
  if (limit === "none") return `${deliveredPercent.toFixed(1)} %`;
  return `${deliveredPercent.toFixed(0)} %${limit === "server" ? "" : ` (${limit}'s limit)`}`;
}

function milliseconds(us: number): string {
  return (us / 1e3).toFixed(us < 10_000 ? 2 : 0);
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
