import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerOutcome } from "../peer-outcome.js";
import type { PeerSample } from "../run-peer.js";
import { peersPlot } from "./peers-plot.js";
import { summarizePeers } from "./peers-summary.js";
import { peersTable } from "./peers-table.js";

function sample(forwardedPerSecond: number, cpuUsPerForwardedPacket: number, changes: Partial<PeerSample> = {}): PeerSample {
  return {
    forwardedPerSecond,
    receivedPerSecond: forwardedPerSecond,
    deliveredPercent: 100,
    deliveredPercentTimed: 100,
    cpuUsPerForwardedPacket,
    serverCores: 0.5,
    loadCores: 0.5,
    delayP50Us: 500,
    delayP99Us: 20_000,
    serverDrops: 0,
    loadDrops: 0,
    ...changes,
  };
}

function outcome(peer: string, subscribers: number, samples: readonly PeerSample[], memory = 100_000): PeerOutcome {
  return { bench: "peers", peer, description: "", subscribers, run: { samples, memoryBytesPerSubscriber: memory } };
}

test("rounds become medians, for each peer, number of subscribers and rate", () => {
  const rounds = [4, 9, 5].map((us) => outcome("a", 50, [sample(5_000, us), sample(10_000, us / 2)], us * 1_000));
  const [summary, other] = summarizePeers([...rounds, outcome("b", 50, [sample(5_000, 20)])]);
  assert.deepEqual(
    summary?.rates.map((rate) => [rate.forwardedPerSecond, rate.cpuUsPerForwardedPacket, rate.rounds]),
    [
      [5_000, 5, 3],
      [10_000, 2.5, 3],
    ],
  );
  assert.equal(summary?.memoryBytesPerSubscriber, 5_000);
  assert.equal(other?.peer, "b");
});

test("who was the limit: a load that is late, a server that is busy, or a machine that gives it no core", () => {
  const limitOf = (changes: Partial<PeerSample>) =>
    summarizePeers([outcome("a", 10, [sample(1, 1, changes)])])[0]?.rates[0]?.limit;
  assert.equal(limitOf({ deliveredPercentTimed: 98 }), "none");
  assert.equal(limitOf({ deliveredPercent: 90 }), "load");
  assert.equal(limitOf({ deliveredPercent: 90, deliveredPercentTimed: 91, serverDrops: 3 }), "server");
  assert.equal(limitOf({ deliveredPercent: 90, deliveredPercentTimed: 91, serverCores: 0.9 }), "server");
  assert.equal(limitOf({ deliveredPercent: 90, deliveredPercentTimed: 91, serverCores: 0.3 }), "machine");
});

test("the table has a row for each rate, and one for a peer that failed", () => {
  const failed: PeerOutcome = { bench: "peers", peer: "b", description: "", subscribers: 200, failure: "only 3 joined" };
  const table = peersTable(summarizePeers([outcome("a", 200, [sample(5_000, 4.04), sample(80_000, 3)]), failed]));
  const rows = table.split("\n").slice(2);
  assert.equal(rows.length, 3);
  assert.match(rows[0] ?? "", /^\| 200 \| a \| 5,000 \| 100.0 % \| \*\*4.0\*\* \| .* \| 100 \|$/);
  assert.match(rows[2] ?? "", /only 3 joined/);
});

test("the plot has a line for each peer in each panel, and nothing that is not a number", () => {
  const peers = ["a", "b <c>"].flatMap((peer) =>
    [10, 50].map((count) => outcome(peer, count, [sample(5_000, 4), sample(80_000, 3)])),
  );
  const svg = peersPlot(summarizePeers(peers));
  assert.equal(svg.match(/<polyline/g)?.length, 4);
  assert.equal(svg.match(/<circle/g)?.length, 8);
  assert.doesNotMatch(svg, /NaN|undefined|<c>/);
});
