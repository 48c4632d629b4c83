import { after, type Instant, parseIpAddress } from "@sluice/media";
import type { TcpLimits } from "./tcp-limits.js";

type Limits = Pick<TcpLimits, "maxUnproven" | "maxUnprovenPerNetwork" | "unprovenTimeoutMs">;

/** What one holder controls of an IPv6 address is its lower half. */
const IPV6_NETWORK_BYTES = 8;

interface Waiting {
  readonly network: string;
  readonly deadline: Instant;
}

/** The connections that have not proven yet whose they are, oldest first: how many, of whom, and until when. */
export class UnprovenConnections<C> {
  readonly #limits: Limits;
  /** All wait equally long, so the order of their coming is that of their deadlines. */
  readonly #waiting = new Map<C, Waiting>();
  readonly #byNetwork = new Map<string, number>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Whether one more from there may wait. */
  admits(ip: string): boolean {
    return (this.#byNetwork.get(networkOf(ip)) ?? 0) < this.#limits.maxUnprovenPerNetwork;
  }

  /** It waits from now on. Returns the one that has to go for it, if there are too many; that one waits no longer. */
  add(connection: C, ip: string, now: Instant): C | undefined {
    const [oldest] = this.#waiting.size >= this.#limits.maxUnproven ? this.#waiting.keys() : [];
    if (oldest !== undefined) this.remove(oldest);
    const network = networkOf(ip);
    this.#waiting.set(connection, { network, deadline: after(now, this.#limits.unprovenTimeoutMs) });
    this.#byNetwork.set(network, (this.#byNetwork.get(network) ?? 0) + 1);
    return oldest;
  }

  /** It has proven itself, or is gone. */
  remove(connection: C): void {
    const waiting = this.#waiting.get(connection);
    if (waiting === undefined) return;
    this.#waiting.delete(connection);
    const left = (this.#byNetwork.get(waiting.network) ?? 0) - 1;
    if (left > 0) this.#byNetwork.set(waiting.network, left);
    else this.#byNetwork.delete(waiting.network);
  }

  /** One that has waited too long, which waits no longer. */
  pollExpired(now: Instant): C | undefined {
    for (const [connection, { deadline }] of this.#waiting) {
      if (deadline > now) return undefined;
      this.remove(connection);
      return connection;
    }
    return undefined;
  }
}

function networkOf(ip: string): string {
  const bytes = ip.includes(":") ? parseIpAddress(ip) : undefined;
  return bytes === undefined ? ip : bytes.subarray(0, IPV6_NETWORK_BYTES).join(":");
}
