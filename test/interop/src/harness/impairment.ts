import type { LinkParameters } from "@sluice/netem";
import { type Direction, UdpProxy } from "@sluice/netem/node";

export interface ImpairmentOptions {
  readonly seed: number;
  /** From the client to the node. Default: perfect. */
  readonly uplink?: Partial<LinkParameters>;
  /** From the node to the client. Default: perfect. */
  readonly downlink?: Partial<LinkParameters>;
}

const DIRECTIONS = ["uplink", "downlink"] as const satisfies readonly Direction[];

/** A seeded bad network for one client: stands between it and the node's media port, as soon as it is told that port. */
export class Impairment {
  readonly #options: ImpairmentOptions;
  readonly #proxies = new Map<number, Promise<UdpProxy>>();
  #isClosed = false;
  #parameters: Record<Direction, Partial<LinkParameters>>;

  constructor(options: ImpairmentOptions) {
    this.#options = options;
    this.#parameters = { uplink: options.uplink ?? {}, downlink: options.downlink ?? {} };
  }

  /** Where the client sends to instead of the node's `port` on the loopback; there itself when this is closed. */
  async portFor(port: number): Promise<number> {
    if (this.#isClosed) return port;
    let proxy = this.#proxies.get(port);
    if (proxy === undefined) {
      const target = { address: "127.0.0.1", port };
      proxy = UdpProxy.open({ target, seed: this.#options.seed, ...this.#parameters });
      this.#proxies.set(port, proxy);
    }
    return (await proxy).endpoint.port;
  }

  /** Changes one direction from now on. */
  async set(direction: Direction, change: Partial<LinkParameters>): Promise<void> {
    this.#parameters = { ...this.#parameters, [direction]: { ...this.#parameters[direction], ...change } };
    for (const proxy of this.#proxies.values()) (await proxy).setParameters(direction, change);
  }

  /** Nothing gets through in either direction until {@link unblock}. */
  async block(): Promise<void> {
    for (const direction of DIRECTIONS) await this.set(direction, { loss: { kind: "uniform", probability: 1 } });
  }

  async unblock(): Promise<void> {
    for (const direction of DIRECTIONS) await this.set(direction, { loss: { kind: "none" } });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const proxy of this.#proxies.values()) await (await proxy).close();
  }
}
