import { fileURLToPath } from "node:url";
import { ForkedPeer, until } from "@sluice/interop";
import { ProcessTree } from "../process-tree.js";
import { percentile } from "../summary.js";
import type { DoorAddress } from "./doors/peer-door.js";
import type { LoadClients } from "./load/load-clients.js";
import { sharedNowUs } from "./load/stamp.js";

type LoadProcess = ForkedPeer<LoadClients>;

const PROGRAM = fileURLToPath(new URL("load/load-process.js", import.meta.url));
/** Of libdatachannel: one thread reads all sockets of a process, another one runs its JavaScript. */
const SUBSCRIBERS_PER_PROCESS = 50;
/** As many as there are cores on the smallest machine that this makes sense on: one alone is soon the limit. */
const LEAST_PROCESSES = 2;
/** In one process. */
const JOINS_AT_ONCE = 2;
const JOIN_TIMEOUT_MS = 60_000;
const FIRST_PACKET_TIMEOUT_MS = 15_000;
/** From telling everybody about a span of time to its beginning. */
const NOTICE_US = 50_000;

/** What came of one span of time. */
export interface Delivery {
  readonly sent: number;
  readonly received: number;
  /** By the subscriber whose delays are measured. */
  readonly receivedTimed: number;
  readonly delayP50Us: number;
  readonly delayP99Us: number;
}

/**
 * The publisher and all subscribers of one server, in processes of their own.
 *
 * The last subscriber has a process to itself, and delays are its alone: in the others a packet waits for those of 49 neighbours, which
 * is no delay of the server's.
 */
export class PeerLoad {
  readonly #address: DoorAddress;
  readonly #publisher: LoadProcess;
  /** The first has the one whose delays count. */
  #receivers: readonly LoadProcess[] = [];

  private constructor(address: DoorAddress, publisher: LoadProcess) {
    this.#address = address;
    this.#publisher = publisher;
  }

  /** With a publisher that is connected. */
  static async start(address: DoorAddress): Promise<PeerLoad> {
    const load = new PeerLoad(address, await ForkedPeer.forkProgram<LoadClients>(PROGRAM));
    try {
      await load.#publisher.call("open", address, true);
      await load.#publisher.call("publish");
      return load;
    } catch (error) {
      await load.close();
      throw error;
    }
  }

  /** Resolves when everybody has received a packet; once. Rejects when that takes too long. */
  async subscribe(count: number): Promise<void> {
    const deadlineMs = performance.now() + JOIN_TIMEOUT_MS;
    const others = Math.max(LEAST_PROCESSES, Math.ceil((count - 1) / SUBSCRIBERS_PER_PROCESS));
    this.#receivers = await Promise.all(Array.from({ length: 1 + others }, () => ForkedPeer.forkProgram<LoadClients>(PROGRAM)));
    await Promise.all(this.#receivers.map((receiver, index) => receiver.call("open", this.#address, index === 0)));
    const [timed, ...rest] = this.#receivers;
    let joined = 0;
    const joinNext = async (receiver: LoadProcess) => {
      while (joined < count - 1) {
        if (performance.now() > deadlineMs)
          throw new Error(`only ${joined} of ${count} joined within ${JOIN_TIMEOUT_MS / 1e3} s`);
        const first = joined;
        const share = Math.min(JOINS_AT_ONCE, count - 1 - first);
        joined += share;
        await receiver.call("subscribe", first, share);
      }
    };
    await Promise.all(rest.map(joinNext));
    await timed?.call("subscribe", count - 1, 1);
    const silent = async () => sum(await Promise.all(this.#receivers.map((receiver) => receiver.call("silent"))));
    await until("packet at every subscriber", FIRST_PACKET_TIMEOUT_MS, async () => (await silent()) === 0, silent);
  }

  async setRate(packetsPerSecond: number): Promise<void> {
    await this.#publisher.call("setRate", packetsPerSecond);
  }

  /** `atEnds`: called at both ends of the span. Resolves when what was sent in it had `graceMs` to arrive. */
  async measure(seconds: number, graceMs: number, atEnds: () => Promise<void>): Promise<Delivery> {
    const fromUs = sharedNowUs() + NOTICE_US;
    const untilUs = fromUs + seconds * 1e6;
    const all = [this.#publisher, ...this.#receivers];
    await Promise.all(all.map((each) => each.call("countBetween", fromUs, untilUs)));
    await sleepUntil(fromUs);
    await atEnds();
    await sleepUntil(untilUs);
    await atEnds();
    await sleepUntil(untilUs + graceMs * 1e3);
    const sent = await this.#publisher.call("sent");
    const arrivals = await Promise.all(this.#receivers.map((receiver) => receiver.call("arrived")));
    const delaysUs = arrivals[0]?.delaysUs ?? [];
    return {
      sent,
      received: sum(arrivals.map(({ received }) => received)),
      receivedTimed: arrivals[0]?.received ?? 0,
      delayP50Us: percentile(delaysUs, 0.5),
      delayP99Us: percentile(delaysUs, 0.99),
    };
  }

  async cpuSeconds(): Promise<number> {
    return sum(await Promise.all(this.#trees().map((tree) => tree.cpuSeconds())));
  }

  /** Datagrams that the kernel dropped at the load's own sockets. */
  socketDrops(): number {
    return sum(this.#trees().map((tree) => tree.socketDrops()));
  }

  async close(): Promise<void> {
    await Promise.all([this.#publisher, ...this.#receivers].map((each) => each.kill()));
  }

  #trees(): ProcessTree[] {
    return [this.#publisher, ...this.#receivers].flatMap(({ pid }) => (pid === undefined ? [] : [new ProcessTree(pid)]));
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

async function sleepUntil(us: number): Promise<void> {
  const ms = (us - sharedNowUs()) / 1e3;
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
}
