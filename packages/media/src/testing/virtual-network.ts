import { after, type Instant } from "../time/instant.js";
import type { MediaCore } from "../transport/media-core.js";
import { isSameAddress } from "../transport/transport-address.js";
import type { VirtualPort } from "./virtual-port.js";

/** One direction between two hosts; `packages/netem` has the real one. */
export interface VirtualLink {
  handleDatagram(data: Uint8Array, now: number): void;
  pollDatagram(now: number): Uint8Array | undefined;
  pollTimeout(): number | undefined;
}

interface Host {
  readonly port: VirtualPort;
  readonly core: MediaCore;
}

interface Route {
  readonly from: Host;
  readonly to: Host;
  readonly link: VirtualLink;
}

/** Longest step of virtual time, ms, when nobody has an earlier deadline. */
const MAX_STEP_MS = 100;

/** Media cores joined by emulated links, run in virtual time: no sockets, no clock, no sleeping; the same seed, the same run. */
export class VirtualNetwork {
  readonly #hosts: Host[] = [];
  readonly #routes: Route[] = [];
  now: Instant;

  constructor(now: Instant) {
    this.now = now;
  }

  attach(port: VirtualPort, core: MediaCore): void {
    this.#hosts.push({ port, core });
  }

  /** What `from` sends to `to` goes through `link`. */
  connect(from: VirtualPort, to: VirtualPort, link: VirtualLink): void {
    this.#routes.push({ from: this.#hostOf(from), to: this.#hostOf(to), link });
  }

  /** Runs until `isDone` (looked at after every step) or until `limitMs` of virtual time are over; says whether it was done. */
  run(limitMs: number, isDone: () => boolean = () => false, onStep: (now: Instant) => void = () => undefined): boolean {
    const end = after(this.now, limitMs);
    while (this.now < end) {
      onStep(this.now);
      for (const { core } of this.#hosts) core.handleTimeout(this.now);
      this.#exchange();
      if (isDone()) return true;
      this.now = this.#nextInstant(end);
    }
    return isDone();
  }

  /** Moves datagrams until nothing more happens at this instant. */
  #exchange(): void {
    for (let isBusy = true; isBusy; ) {
      isBusy = false;
      for (const { port, core } of this.#hosts) {
        core.handleBatchEnd(this.now);
        for (let datagram = port.pollTransmit(); datagram !== undefined; datagram = port.pollTransmit()) {
          isBusy = true;
          const { to } = datagram;
          const route = this.#routes.find((known) => known.from.port === port && isSameAddress(known.to.port.address, to));
          route?.link.handleDatagram(datagram.data, this.now);
        }
      }
      for (const { from, to, link } of this.#routes) {
        for (let data = link.pollDatagram(this.now); data !== undefined; data = link.pollDatagram(this.now)) {
          isBusy = true;
          to.port.deliver({ from: from.port.address, to: to.port.address, data }, to.core, this.now);
        }
      }
    }
  }

  #nextInstant(end: Instant): Instant {
    let next: number = Math.min(end, after(this.now, MAX_STEP_MS));
    for (const { link } of this.#routes) next = Math.min(next, link.pollTimeout() ?? next);
    for (const { core } of this.#hosts) next = Math.min(next, core.pollTimeout() ?? next);
    return Math.max(this.now + 1, next) as Instant;
  }

  #hostOf(port: VirtualPort): Host {
    const host = this.#hosts.find((known) => known.port === port);
    if (host === undefined) throw new Error("attach a port before connecting it");
    return host;
  }
}
