import { setTimeout as delay } from "node:timers/promises";
import { ProcessTree } from "../process-tree.js";
import { PeerLoad } from "./peer-load.js";
import { type PeersPlan, SATURATED_BELOW_PERCENT } from "./peers-plan.js";
import type { Peer } from "./servers/peer.js";

/** One peer at one rate, in one round. */
export interface PeerSample {
  /** What was asked for, all subscribers together. */
  readonly forwardedPerSecond: number;
  /** What arrived. */
  readonly receivedPerSecond: number;
  readonly deliveredPercent: number;
  /** Of the last subscriber, which has a process to itself and is never late. */
  readonly deliveredPercentTimed: number;
  /** Server's CPU time by packets received. */
  readonly cpuUsPerForwardedPacket: number;
  /** CPU time by time: 1 is a core. */
  readonly serverCores: number;
  readonly loadCores: number;
  /** From the publisher's send call to the callback of the last subscriber. */
  readonly delayP50Us: number;
  readonly delayP99Us: number;
  /** Datagrams that the kernel dropped, at the server's sockets and at those of the load. */
  readonly serverDrops: number;
  readonly loadDrops: number;
}

/** One peer with so many subscribers, in one round. */
export interface PeerRun {
  readonly samples: readonly PeerSample[];
  /** Of the server, by each subscriber that came; with the first rate's media. */
  readonly memoryBytesPerSubscriber: number;
}

/** What is over after so long is done: first packets, joins, a new rate. */
const SETTLE_MS = 1_000;
/** A server runs for weeks: what a compiler of its own does in its first seconds does not count. */
const WARM_UP_MS = 3_000;
const WARM_UP_FORWARDED_PER_SECOND = 10_000;
const RATE_SETTLE_MS = 500;
/** What is later than that is lost. */
const GRACE_MS = 500;

/** Starts the peer with a publisher and so many subscribers, and raises the rate until it saturates. */
export async function runPeer(
  peer: Peer,
  subscribers: number,
  plan: PeersPlan,
  progress: (text: string) => void,
): Promise<PeerRun> {
  progress(`${peer.name}, ${subscribers} subscribers`);
  const server = await peer.start();
  let load: PeerLoad | undefined;
  try {
    load = await PeerLoad.start(server.address);
    await load.setRate((plan.forwardedPerSecond[0] ?? 0) / subscribers);
    await delay(SETTLE_MS);
    const memoryBefore = new ProcessTree(server.pid).memoryBytes();
    await load.subscribe(subscribers);
    await load.setRate(WARM_UP_FORWARDED_PER_SECOND / subscribers);
    await delay(WARM_UP_MS);
    const samples: PeerSample[] = [];
    let memoryAfter = Number.NaN;
    for (const forwarded of plan.forwardedPerSecond) {
      progress(`${peer.name}, ${subscribers} subscribers, ${forwarded.toLocaleString("en-US")} packets/s`);
      const measured = await measureRate(load, server.pid, subscribers, forwarded, plan.seconds);
      samples.push(measured);
      if (samples.length === 1) memoryAfter = new ProcessTree(server.pid).memoryBytes();
      if (measured.deliveredPercent < SATURATED_BELOW_PERCENT) break;
    }
    return { samples, memoryBytesPerSubscriber: (memoryAfter - memoryBefore) / subscribers };
  } finally {
    await load?.close();
    await server.close();
  }
}

async function measureRate(load: PeerLoad, serverPid: number, subscribers: number, forwarded: number, seconds: number) {
  await load.setRate(forwarded / subscribers);
  await delay(RATE_SETTLE_MS);
  const server = new ProcessTree(serverPid);
  const drops = () => ({ server: server.socketDrops(), load: load.socketDrops() });
  const dropsBefore = drops();
  const cpuAt: { server: number; load: number; ms: number }[] = [];
  const delivery = await load.measure(seconds, GRACE_MS, async () => {
    cpuAt.push({ server: await server.cpuSeconds(), load: await load.cpuSeconds(), ms: performance.now() });
  });
  const [from, until] = cpuAt;
  if (from === undefined || until === undefined) throw new Error("nothing was measured");
  const measuredSeconds = (until.ms - from.ms) / 1e3;
  const serverCpu = until.server - from.server;
  const expected = delivery.sent * subscribers;
  const dropsAfter = drops();
  return {
    forwardedPerSecond: forwarded,
    receivedPerSecond: delivery.received / seconds,
    deliveredPercent: (100 * delivery.received) / expected,
    deliveredPercentTimed: (100 * delivery.receivedTimed) / delivery.sent,
    cpuUsPerForwardedPacket: (serverCpu * 1e6) / delivery.received,
    serverCores: serverCpu / measuredSeconds,
    loadCores: (until.load - from.load) / measuredSeconds,
    delayP50Us: delivery.delayP50Us,
    delayP99Us: delivery.delayP99Us,
    serverDrops: dropsAfter.server - dropsBefore.server,
    loadDrops: dropsAfter.load - dropsBefore.load,
  };
}
