import type { IceCandidate } from "@sluice/media";
import { UdpProxy } from "@sluice/netem/node";
import { type Impairment, linkParameters } from "./parse-impairment.js";

/** Subscribers behind one proxy, which has a socket for each of them. */
const CLIENTS_PER_PROXY = 200;

/** The bad networks of one process: each of its subscribers has one of its own, seeded. */
export class BadNetwork {
  readonly #impairment: Impairment;
  readonly #proxies = new Map<string, Promise<UdpProxy>>();
  readonly #firstSeed: number;

  /** The same seed is the same losses for the same packets. */
  constructor(impairment: Impairment, firstSeed: number) {
    this.#impairment = impairment;
    this.#firstSeed = firstSeed;
  }

  /** Leads the `index`-th subscriber to the proxy in front of a candidate; TCP would lead around it. */
  redirect(index: number): (candidate: IceCandidate) => Promise<IceCandidate | undefined> {
    const group = Math.floor(index / CLIENTS_PER_PROXY);
    return async (candidate) => {
      if (candidate.tcpType !== undefined) return undefined;
      const { ip, port, family } = candidate;
      const key = `${group} ${ip} ${port}`;
      const seed = this.#firstSeed + 1_000 * this.#proxies.size;
      const proxy =
        this.#proxies.get(key) ?? UdpProxy.open({ target: { address: ip, port }, seed, ...linkParameters(this.#impairment) });
      this.#proxies.set(key, proxy);
      const { endpoint } = await proxy;
      return { ...candidate, family, ip: endpoint.address, port: endpoint.port };
    };
  }

  async close(): Promise<void> {
    for (const proxy of this.#proxies.values()) await (await proxy).close();
  }
}
