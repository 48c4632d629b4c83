import { writeFileSync } from "node:fs";
import type { PeerOutcome } from "./peer-outcome.js";
import { PEERS_USAGE, type PeersOptions, parsePeersOptions } from "./peers-options.js";
import { type PeersPlan, warmUpPlan } from "./peers-plan.js";
import { peersPlot } from "./report/peers-plot.js";
import { summarizePeers } from "./report/peers-summary.js";
import { peersTable } from "./report/peers-table.js";
import { runPeer } from "./run-peer.js";
import type { Peer } from "./servers/peer.js";

/** `npm run bench -- peers`: Sluice beside the servers that one would choose instead. See {@link PEERS_USAGE}. */
export async function benchPeers(args: readonly string[]): Promise<void> {
  if (args.includes("--help")) {
    process.stdout.write(PEERS_USAGE);
    return;
  }
  const { peers, plan, plot, isJson } = readOptions(args);
  const outcomes: PeerOutcome[] = [];
  await runRound(peers, warmUpPlan(plan), "warm-up", () => undefined);
  // By chance, because rounds may be added by one run after the other.
  const firstTurn = Math.floor(Math.random() * peers.length);
  for (let round = 0; round < plan.rounds; round++) {
    // Another one goes first, so that what the machine does meanwhile hits all alike.
    const order = peersFrom(peers, firstTurn + round);
    await runRound(order, plan, `round ${round + 1} of ${plan.rounds}`, (outcome) => {
      outcomes.push(outcome);
      if (isJson) console.log(JSON.stringify(outcome));
    });
  }
  if (outcomes.every(({ run }) => run === undefined)) process.exitCode = 1;
  const summaries = summarizePeers(outcomes);
  if (!isJson) console.log(peersTable(summaries));
  if (plot !== undefined) writeFileSync(plot, peersPlot(summaries));
}

function peersFrom(peers: readonly Peer[], turn: number): readonly Peer[] {
  const first = turn % peers.length;
  return [...peers.slice(first), ...peers.slice(0, first)];
}

function readOptions(args: readonly string[]): PeersOptions {
  try {
    return parsePeersOptions(args, process.env);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${PEERS_USAGE}`);
    process.exit(2);
  }
}

async function runRound(peers: readonly Peer[], plan: PeersPlan, title: string, take: (outcome: PeerOutcome) => void) {
  for (const subscribers of plan.subscribers) {
    for (const peer of peers) {
      const subject = { bench: "peers", peer: peer.name, description: peer.description, subscribers } as const;
      try {
        take({ ...subject, run: await runPeer(peer, subscribers, plan, (text) => showProgress(`${title}: ${text}`)) });
      } catch (error) {
        take({ ...subject, failure: error instanceof Error ? error.message : String(error) });
      }
    }
  }
  showProgress("");
}

function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}
