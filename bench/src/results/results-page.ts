import { writeFileSync } from "node:fs";
import type { PeerOutcome } from "../peers/peer-outcome.js";
import { peersPlot } from "../peers/report/peers-plot.js";
import { summarizePeers } from "../peers/report/peers-summary.js";
import { peersTable } from "../peers/report/peers-table.js";
import type { SchedulerResult } from "../scheduler/scheduler-result.js";
import { schedulerTable } from "../scheduler/scheduler-table.js";
import type { SrtpResult } from "../srtp.js";
import { savedLines } from "./design-row.js";
import { DESIGN_ROWS } from "./design-rows.js";
import { type Machine, thisMachine } from "./machine.js";
import { benchFile, readSavedRun, type SavedRun } from "./saved-run.js";

const METHOD = `Everything runs on one machine: server, publisher and receivers share its cores, packets go through its loopback device. The CPU time of a
server is that of all its threads and processes (\`/proc/PID/task/*/schedstat\`), without that of the load; packets are counted where they arrive.
Machines are noisy, so compare the rows of one table with each other, and ratios before times.

- **forward**: one worker as it ships, driven by our own media core; receivers count without decrypting. Delay is from the publisher's send call
  to the first receiver's receive call, both in the load's one process, whose own waiting is in it.
- **peers**: below.
- **broadcast**: the same with 2,000 subscribers and 600 kbps. \`sluice loadtest\`, which is a whole client for each, needs more than a core for so many.
- **signaling**: a whole node, loaded by \`sluice loadgen\`; latency is from when a request was due.
- **registry**: the table that finds a participant's connection, 9 look-ups to one removal and insertion, 10,000 in it.
- **coldstart**: from starting the process until the node says that it listens, with its worker ready.`;

const PEERS_METHOD = `The same publisher and the same N subscribers through each server in turns, each time another one first, after a round that does not count;
medians of the rounds. All clients are libdatachannel's (npm \`node-datachannel\`), in processes of their own, so the load is nobody's own; servers choose the
SRTP profile. The publisher sends 1200-byte RTP packets with VP8 headers in bursts of at most 5, a key frame each second. Each server starts
afresh, gets N subscribers and 3 s of warm-up, and is then asked for more and more packets, until less than 99 % arrive.

- *CPU µs per packet*: CPU time of all of the server's processes, by packets that arrived. At low rates it is mostly what a server does anyway.
- *delivered*: what arrived of what was sent, N times. Less than 99 % ends the row's climb. "Load's limit": the last subscriber, which has a
  process to itself, got everything, so the server forwarded everything and could do more; the others, which decrypt it all on the same cores, were late. "Machine's
  limit": the server had no datagram dropped and was not busy; it waited for a core.
- *delay*: from the publisher's call that sends to the last subscriber's callback, in a process of its own with raised priority: both clients' libraries
  and their waiting for a core, and the server's work for the subscribers before that one, are in it. Nothing is subtracted.
- *KB per subscriber*: growth of the server's proportional set size from none to N subscribers, while it forwards 5,000 packets/s; heaps that collect
  garbage grow and shrink by more than that, so it is shown for N ≥ 50.
- Janus's ICE leaves loopback out, so its media is on another address of this machine; such packets take the same device.`;

const SCHEDULER_METHOD = `A simulation, the same rooms for each way of choosing: 100,000 rooms on 50 nodes in ten minutes, with 1 to 1,000 streams (Zipf, exponent 1.8; mean about 8), whose
size nobody knows when they begin. Every fifth node has three quarters of the others' cores. Nodes report every 3 s; in between a placement counts as one stream.

- *keys moved*: rooms whose node changed in that stage; *of live nodes*: those that need not have. With two choices and with Sluice a room stays where a table has it; without one, rooms are
  where the hash says.
- *found without a table*: rooms that a node which has no table, or not yet, would look for on the right node.
- *ring, weight as virtual nodes*: the same score and QoS weight as Sluice's hybrid, by the number of virtual nodes. It follows the load as well, and moves rooms all the time.`;

/** Writes `bench/results.md` and the plot of the peers from what the benches have saved. */
export function writeResults(): void {
  const { page, plot } = renderResults();
  writeFileSync(benchFile("results.md"), page);
  if (plot !== undefined) writeFileSync(benchFile("peers.svg"), plot);
}

/** `plot`: SVG; undefined while no peers are measured. */
export function renderResults(): { readonly page: string; readonly plot: string | undefined } {
  const summaries = summarizePeers(savedLines<PeerOutcome>("peers"));
  const descriptions = new Map(summaries.map(({ peer, description }) => [peer, description]));
  const page = [
    "# What was measured",
    "",
    "`npm run bench` writes this page, from the lines that it saves in [results](results); `npm run bench -- results` writes it again.",
    "",
    `Machine: ${describeMachine(machineOf(readSavedRun("forward")))}.${yardstick()}`,
    "",
    "## Numbers to beat",
    "",
    ...designTable(),
    "",
    ...notes(),
    "",
    "## Method",
    "",
    METHOD,
    "",
    "## Beside other servers",
    "",
    PEERS_METHOD,
    "",
    ...[...descriptions].map(([peer, description]) => `- **${peer}**: ${description}`),
    "",
    ...(summaries.length > 0
      ? ["![CPU time per forwarded packet of each server](peers.svg)", "", peersTable(summaries)]
      : ["not measured: `npm run bench -- peers --save` has not run."]),
    "",
    ...schedulerSection(),
    "## When",
    "",
    ...whenTable(),
    "",
  ].join("\n");
  return { page, plot: summaries.length > 0 ? peersPlot(summaries) : undefined };
}

function schedulerSection(): string[] {
  const results = savedLines<SchedulerResult>("scheduler");
  if (results.length === 0) return [];
  return ["## Choosing a node", "", SCHEDULER_METHOD, "", schedulerTable(results), ""];
}

function machineOf(saved: SavedRun | undefined): Machine {
  return saved?.runs.at(-1)?.machine ?? thisMachine();
}

function describeMachine({ cpu, cores, memoryGB, kernel, node, openssl }: Machine): string {
  return `${cpu}, ${cores} cores, ${memoryGB} GB; ${kernel}; Node ${node}, OpenSSL ${openssl}`;
}

/** How fast the machine was then: work that no change of ours makes faster or slower. */
function yardstick(): string {
  const line = savedLines<SrtpResult>("srtp").find(
    ({ profile, sizeBytes }) => profile === "AEAD_AES_128_GCM" && sizeBytes === 1200,
  );
  if (line === undefined) return "";
  return ` OpenSSL's AES-128-GCM of one 1200-byte packet took ${line.protectUs} µs on it (0.7 µs where the targets were set), so times are as much longer here.`;
}

function designTable(): string[] {
  const rows = DESIGN_ROWS.map(({ what, anchor, target, by, measure }) => {
    const measured = measure();
    const text = measured === undefined ? "not measured: see below" : `${measured.isMet ? "✔" : "✘"} ${measured.text}`;
    return `| ${what} | ${anchor} | ${target} | ${text} | \`${by}\` |`;
  });
  return ["| what | others | target | measured | by |", "| --- | --- | --- | --- | --- |", ...rows];
}

/** Of the rows that miss, or could not be measured. */
function notes(): string[] {
  return DESIGN_ROWS.flatMap(({ what, note, measure }) => {
    const measured = measure();
    if (measured?.isMet === true) return [];
    const without = measured === undefined ? "its bench has not run" : "it misses, and nobody has looked into it yet";
    return [`- **${what}**: ${note ?? without}.`.replace("..", ".")];
  });
}

function whenTable(): string[] {
  const benches = new Set([...DESIGN_ROWS.map(({ by }) => by.split(" ")[0] ?? ""), "scheduler"]);
  const rows = [...benches].flatMap((bench) => {
    return (readSavedRun(bench)?.runs ?? []).map(({ args, at, seconds, loadAverage }) => {
      const load = loadAverage.map((value) => value.toFixed(1)).join(" → ");
      return `| \`${[bench, ...args].join(" ")}\` | ${at.slice(0, 16).replace("T", " ")} | ${seconds} s | ${load} |`;
    });
  });
  return ["| run | UTC | took | load average |", "| --- | --- | --- | --- |", ...rows];
}
