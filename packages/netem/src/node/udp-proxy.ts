import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import type { LinkCounters, LinkParameters } from "../index.js";
import { ProxyClient } from "./proxy-client.js";
import type { Direction, UdpEndpoint } from "./udp-endpoint.js";

export interface UdpProxyOptions {
  /** The server behind the proxy. */
  readonly target: UdpEndpoint;
  /** Address to listen on. Default: the loopback address of the target's family. */
  readonly bindAddress?: string;
  /** What happens to datagrams from a client to the target. */
  readonly uplink?: Partial<LinkParameters>;
  /** What happens to datagrams from the target to a client. */
  readonly downlink?: Partial<LinkParameters>;
  /** Seed of the first client; each further one gets the next. Default 1. */
  readonly seed?: number;
}

/** Clients at most; datagrams from further addresses are dropped. */
const MAX_CLIENTS = 256;

/**
 * A bad network between real programs: a UDP port that carries each client's datagrams to one target and back, through a
 * {@link Link} of its own in each direction.
 *
 * Each client address gets its own socket towards the target, as behind a NAT, so the target sees as many addresses. Who
 * uses it with ICE has to put the proxy's port into the candidate that the client is told.
 */
export class UdpProxy {
  readonly #socket: Socket;
  readonly #target: UdpEndpoint;
  readonly #clients = new Map<string, ProxyClient>();
  readonly #parameters: Record<Direction, Partial<LinkParameters>>;
  #nextSeed: number;

  private constructor(socket: Socket, options: UdpProxyOptions) {
    this.#socket = socket;
    this.#target = options.target;
    this.#parameters = { uplink: options.uplink ?? {}, downlink: options.downlink ?? {} };
    this.#nextSeed = options.seed ?? 1;
    socket.on("message", (data, sender) => this.#handleDatagram(data, sender));
  }

  /** Opens a port that the system chooses. */
  static async open(options: UdpProxyOptions): Promise<UdpProxy> {
    const isIPv6 = options.target.address.includes(":");
    const socket = createSocket(isIPv6 ? "udp6" : "udp4");
    const bound = once(socket, "listening");
    socket.bind(0, options.bindAddress ?? (isIPv6 ? "::1" : "127.0.0.1"));
    await bound;
    return new UdpProxy(socket, options);
  }

  /** Where clients send to. */
  get endpoint(): UdpEndpoint {
    const { address, port } = this.#socket.address();
    return { address, port };
  }

  /** Changes one direction for every client, those to come included. */
  setParameters(direction: Direction, change: Partial<LinkParameters>): void {
    this.#parameters[direction] = { ...this.#parameters[direction], ...change };
    for (const client of this.#clients.values()) client.setParameters(direction, change);
  }

  /** The sum over all clients. */
  counters(direction: Direction): LinkCounters {
    const sum: LinkCounters = {
      handled: 0,
      lost: 0,
      overflowed: 0,
      reordered: 0,
      duplicated: 0,
      delivered: 0,
      deliveredBytes: 0,
    };
    for (const client of this.#clients.values()) {
      const counters = client.counters(direction);
      for (const name of Object.keys(sum) as (keyof LinkCounters)[]) sum[name] += counters[name];
    }
    return sum;
  }

  /** Drops what is under way and closes every socket. */
  async close(): Promise<void> {
    this.#socket.removeAllListeners("message");
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
    const closed = once(this.#socket, "close");
    this.#socket.close();
    await closed;
  }

  #handleDatagram(data: Buffer, sender: RemoteInfo): void {
    const key = `${sender.address}|${sender.port}`;
    const client = this.#clients.get(key) ?? this.#addClient(key, sender);
    client?.handleFromClient(data);
  }

  #addClient(key: string, sender: RemoteInfo): ProxyClient | undefined {
    if (this.#clients.size >= MAX_CLIENTS) return undefined;
    const client = new ProxyClient({
      target: this.#target,
      parameters: this.#parameters,
      seed: this.#nextSeed++,
      sendToClient: (data) => this.#socket.send(data, sender.port, sender.address),
    });
    this.#clients.set(key, client);
    return client;
  }
}
