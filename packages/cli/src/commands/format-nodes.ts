import { plainText } from "../terminal/plain-text.js";
import type { Style } from "../terminal/style.js";
import { alignRows, cell } from "../terminal/table.js";
import type { ClusterView } from "./fetch-nodes.js";

/** A table, one line for each node; the one that was asked has an asterisk. */
export function formatNodes({ isConnected, nodes }: ClusterView, { bold, dim }: Style, width: number): string {
  const titles = ["NODE", "REGION", "STATE", "CPU", "MEM", "STREAMS", "PACKETS/S", "P99", "HEARD", "ADDRESS"];
  const rows = nodes.map((node) => [
    cell(`${plainText(node.nodeId)}${node.isSelf ? "*" : ""}`, bold),
    cell(plainText(node.region) || "-"),
    cell(node.isStale ? `${plainText(node.state)}, stale` : plainText(node.state)),
    cell(`${node.cpuPercent.toFixed(0)} %`),
    cell(`${node.memPercent.toFixed(0)} %`),
    cell(String(node.streams)),
    cell(String(node.packetsPerSecond)),
    cell(node.forwardingDelayP99Ms === 0 ? "-" : `${node.forwardingDelayP99Ms} ms`),
    cell(`${(node.ageMs / 1_000).toFixed(0)} s ago`, dim),
    cell(plainText(node.addresses.http), dim),
  ]);
  const table = alignRows([titles.map((title) => cell(title, dim)), ...rows], width);
  const note = isConnected
    ? []
    : ["The node that was asked does not hear of the others at the moment: this is what it knew last."];
  return `${[...table, ...note].join("\n")}\n`;
}
