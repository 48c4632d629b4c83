/** What the tests of both ICE roles share: real HMAC, reproducible randomness, and a bad network in virtual time. */
import { createHmac } from "node:crypto";
import { after, type Instant, instant } from "../time/instant.js";
import type { TransportAddress } from "../transport/transport-address.js";
import type { IceAgent, IceEvent, StunTransmit } from "./ice-agent.js";
import type { IceCandidate, IceCredentials } from "./ice-parameters.js";

/** Mulberry32: 32 random bits per call. */
function randomSource(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return (value ^ (value >>> 14)) >>> 0;
  };
}

export function testCrypto(seed: number) {
  const random = randomSource(seed);
  return {
    hmacSha1: (key: Uint8Array, data: Uint8Array) => new Uint8Array(createHmac("sha1", key).update(data).digest()),
    randomBytes: (length: number) => Uint8Array.from({ length }, () => random() & 0xff),
  };
}

export const t0 = instant(1_000_000);
export const SERVER: IceCredentials = { ufrag: "serverUfrag", pwd: "serverPasswordOf24Charss" };
export const CLIENT: IceCredentials = { ufrag: "clientUfrag", pwd: "clientPasswordOf24Charss" };

export function address(ip: string, port = 5_000): TransportAddress {
  return { family: ip.includes(":") ? "IPv6" : "IPv4", ip, port };
}

export function candidate({ family, ip, port }: TransportAddress, priority = 2_000_000_000): IceCandidate {
  return { foundation: "1", priority, family, ip, port, type: "host" };
}

export function drain<T>(poll: () => T | undefined): T[] {
  const all: T[] = [];
  for (let next = poll(); next !== undefined; next = poll()) all.push(next);
  return all;
}

interface Endpoint {
  /** Where its datagrams come from; a test changes it to play a NAT that rebinds. */
  address: TransportAddress;
  readonly agent: IceAgent;
  readonly events: { readonly atMs: number; readonly event: IceEvent }[];
  readonly sent: (StunTransmit & { readonly atMs: number })[];
}

interface Datagram {
  readonly arrivesAt: Instant;
  readonly source: TransportAddress;
  readonly destination: TransportAddress;
  readonly data: Uint8Array;
}

/** Any number of agents on one network. Datagrams to nobody are lost. */
export class VirtualLink {
  now: Instant = t0;
  /** 0–1. */
  lossRate: number;
  readonly #delayMs: number;
  readonly #jitterMs: number;
  readonly #random: () => number;
  readonly #endpoints: Endpoint[] = [];
  #inFlight: Datagram[] = [];

  constructor(options: { seed?: number; lossRate?: number; delayMs?: number; jitterMs?: number } = {}) {
    this.#random = randomSource(options.seed ?? 1);
    this.lossRate = options.lossRate ?? 0;
    this.#delayMs = options.delayMs ?? 20;
    this.#jitterMs = options.jitterMs ?? 0;
  }

  attach(at: TransportAddress, agent: IceAgent): Endpoint {
    const endpoint: Endpoint = { address: at, agent, events: [], sent: [] };
    this.#endpoints.push(endpoint);
    this.#drain(endpoint);
    return endpoint;
  }

  detach(endpoint: Endpoint): void {
    this.#endpoints.splice(this.#endpoints.indexOf(endpoint), 1);
  }

  /** Gives everything that a command made an agent say to the network. */
  drainAll(): void {
    for (const endpoint of this.#endpoints) this.#drain(endpoint);
  }

  get nowMs(): number {
    return (this.now - t0) / 1000;
  }

  /** Lets `ms` milliseconds pass: every arrival and every deadline in its order. */
  run(ms: number): void {
    this.drainAll();
    const end = after(this.now, ms);
    for (let steps = 0; ; steps++) {
      // An agent whose deadline never moves on would spin here for ever.
      if (steps > 100_000) throw new Error("time stands still");
      const next = this.#nextInstant();
      if (next === undefined || next > end) break;
      this.now = next > this.now ? next : this.now;
      this.#step();
    }
    this.now = end;
  }

  #nextInstant(): Instant | undefined {
    const instants = this.#inFlight.map(({ arrivesAt }) => arrivesAt);
    for (const { agent } of this.#endpoints) {
      const deadline = agent.pollTimeout();
      if (deadline !== undefined) instants.push(deadline);
    }
    return instants.length === 0 ? undefined : instants.reduce((a, b) => (b < a ? b : a));
  }

  #step(): void {
    const arrived = this.#inFlight.filter(({ arrivesAt }) => arrivesAt <= this.now);
    this.#inFlight = this.#inFlight.filter(({ arrivesAt }) => arrivesAt > this.now);
    for (const { source, destination, data } of arrived.sort((a, b) => a.arrivesAt - b.arrivesAt)) {
      const endpoint = this.#endpoints.find(({ address: { ip, port } }) => ip === destination.ip && port === destination.port);
      if (endpoint === undefined) continue;
      endpoint.agent.handleStun(data, source, this.now);
      this.#drain(endpoint);
    }
    for (const endpoint of [...this.#endpoints]) {
      const deadline = endpoint.agent.pollTimeout();
      if (deadline === undefined || deadline > this.now) continue;
      endpoint.agent.handleTimeout(this.now);
      this.#drain(endpoint);
    }
  }

  #drain(endpoint: Endpoint): void {
    for (const event of drain(() => endpoint.agent.pollEvent())) endpoint.events.push({ atMs: this.nowMs, event });
    for (const transmit of drain(() => endpoint.agent.pollTransmit())) {
      endpoint.sent.push({ ...transmit, atMs: this.nowMs });
      if (this.#random() / 2 ** 32 < this.lossRate) continue;
      const delayMs = this.#delayMs + (this.#jitterMs * this.#random()) / 2 ** 32;
      this.#inFlight.push({ arrivesAt: after(this.now, delayMs), source: endpoint.address, ...transmit });
    }
  }
}
