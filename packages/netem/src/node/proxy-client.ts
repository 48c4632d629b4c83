import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { Link, type LinkCounters, type LinkParameters } from "../index.js";
import type { Direction, UdpEndpoint } from "./udp-endpoint.js";

export interface ProxyClientOptions {
  readonly target: UdpEndpoint;
  readonly parameters: Readonly<Record<Direction, Partial<LinkParameters>>>;
  readonly seed: number;
  readonly sendToClient: (data: Uint8Array) => void;
}

/** One client address of a {@link UdpProxy}: its socket towards the target and its two links. */
export class ProxyClient {
  readonly #links: Readonly<Record<Direction, Link>>;
  readonly #outputs: Readonly<Record<Direction, (data: Uint8Array) => void>>;
  readonly #timers: Record<Direction, NodeJS.Timeout | undefined> = { uplink: undefined, downlink: undefined };
  readonly #socket: Socket;
  readonly #ready: Promise<unknown>;

  constructor({ target, parameters, seed, sendToClient }: ProxyClientOptions) {
    this.#links = {
      uplink: new Link(seed, parameters.uplink),
      downlink: new Link(seed ^ 0x8000_0000, parameters.downlink),
    };
    this.#socket = createSocket(target.address.includes(":") ? "udp6" : "udp4");
    this.#ready = once(this.#socket, "listening");
    this.#socket.bind(0);
    this.#outputs = {
      uplink: (data) => this.#socket.send(data, target.port, target.address),
      downlink: sendToClient,
    };
    this.#socket.on("message", (data, sender) => {
      if (sender.port === target.port && sender.address === target.address) this.#handleDatagram("downlink", data);
    });
  }

  handleFromClient(data: Uint8Array): void {
    this.#handleDatagram("uplink", data);
  }

  setParameters(direction: Direction, change: Partial<LinkParameters>): void {
    this.#links[direction].setParameters(change);
  }

  counters(direction: Direction): Readonly<LinkCounters> {
    return this.#links[direction].counters;
  }

  async close(): Promise<void> {
    this.#socket.removeAllListeners("message");
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    await this.#ready;
    const closed = once(this.#socket, "close");
    this.#socket.close();
    await closed;
  }

  #handleDatagram(direction: Direction, data: Uint8Array): void {
    this.#links[direction].handleDatagram(data, nowUs());
    this.#drain(direction);
  }

  /** Puts out what has arrived, and sets the timer for what comes next. */
  #drain(direction: Direction): void {
    const link = this.#links[direction];
    const now = nowUs();
    for (let data = link.pollDatagram(now); data !== undefined; data = link.pollDatagram(now)) this.#outputs[direction](data);
    clearTimeout(this.#timers[direction]);
    const due = link.pollTimeout();
    if (due === undefined) return;
    this.#timers[direction] = setTimeout(() => this.#drain(direction), Math.max(0, (due - nowUs()) / 1000));
  }
}

function nowUs(): number {
  return Math.round(performance.now() * 1000);
}
