import { median } from "../../summary.js";
import type { PeerOutcome } from "../peer-outcome.js";
import { SATURATED_BELOW_PERCENT } from "../peers-plan.js";
import type { PeerSample } from "../run-peer.js";

/** Of a server that has no time left: all of them do most of their work in one thread, or get about a core here. */
const BUSY_CORES = 0.6;

/** One peer at one rate, the medians of all rounds. */
export interface RateSummary extends PeerSample {
  readonly rounds: number;
  /**
   * Who could do no more, when not all arrived. The load, when the server forwarded everything to a subscriber that is never late; the
   * machine, when the server waited for a core instead of being busy.
   */
  readonly limit: "none" | "server" | "load" | "machine";
}

/** One peer with so many subscribers. */
export interface PeerSummary {
  readonly peer: string;
  readonly description: string;
  readonly subscribers: number;
  /** From the least on. */
  readonly rates: readonly RateSummary[];
  /** NaN when no round came so far. */
  readonly memoryBytesPerSubscriber: number;
  /** Of the rounds that failed. */
  readonly failures: readonly string[];
}

/** In the order in which they first came. */
export function summarizePeers(outcomes: readonly PeerOutcome[]): PeerSummary[] {
  const groups = new Map<string, PeerOutcome[]>();
  for (const outcome of outcomes) {
    const key = `${outcome.subscribers} ${outcome.peer}`;
    groups.set(key, [...(groups.get(key) ?? []), outcome]);
  }
  return [...groups.values()].flatMap((group) => (group[0] === undefined ? [] : [summarize(group[0], group)]));
}

function summarize({ peer, description, subscribers }: PeerOutcome, group: readonly PeerOutcome[]): PeerSummary {
  const runs = group.flatMap(({ run }) => (run === undefined ? [] : [run]));
  const samples = runs.flatMap((run) => run.samples);
  const asked = [...new Set(samples.map(({ forwardedPerSecond }) => forwardedPerSecond))].sort((a, b) => a - b);
  return {
    peer,
    description,
    subscribers,
    rates: asked.map((rate) => summarizeRate(samples.filter(({ forwardedPerSecond }) => forwardedPerSecond === rate))),
    memoryBytesPerSubscriber: median(runs.map((run) => run.memoryBytesPerSubscriber)),
    failures: group.flatMap(({ failure }) => failure ?? []),
  };
}

function summarizeRate(samples: readonly PeerSample[]): RateSummary {
  const of = (key: keyof PeerSample) => median(samples.map((sample) => sample[key]));
  const deliveredPercent = of("deliveredPercent");
  return {
    rounds: samples.length,
    limit: limitOf(deliveredPercent, of("deliveredPercentTimed"), of("serverCores"), of("serverDrops")),
    forwardedPerSecond: of("forwardedPerSecond"),
    receivedPerSecond: of("receivedPerSecond"),
    deliveredPercent,
    deliveredPercentTimed: of("deliveredPercentTimed"),
    cpuUsPerForwardedPacket: of("cpuUsPerForwardedPacket"),
    serverCores: of("serverCores"),
    loadCores: of("loadCores"),
    delayP50Us: of("delayP50Us"),
    delayP99Us: of("delayP99Us"),
    serverDrops: of("serverDrops"),
    loadDrops: of("loadDrops"),
  };
}

function limitOf(delivered: number, deliveredTimed: number, serverCores: number, serverDrops: number): RateSummary["limit"] {
  if (delivered >= SATURATED_BELOW_PERCENT) return "none";
  if (deliveredTimed >= SATURATED_BELOW_PERCENT) return "load";
  return serverDrops > 0 || serverCores >= BUSY_CORES ? "server" : "machine";
}
