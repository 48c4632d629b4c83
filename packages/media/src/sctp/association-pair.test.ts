/** What the tests of SCTP share: two associations over two emulated links, in virtual time, with real HMAC and seeded randomness. */
import { createHmac } from "node:crypto";
import { Link, type LinkParameters, RandomGenerator } from "@sluice/netem";
import { after, type Instant, instant } from "../time/instant.js";
import { SctpAssociation, type SctpEvent } from "./sctp-association.js";
import type { SctpConstants } from "./sctp-constants.js";
import { parsePacket, type SctpPacket } from "./wire/packet-parser.js";

export const t0 = instant(1_000_000);

export function testCrypto(seed: number) {
  const random = new RandomGenerator(seed);
  return {
    hmacSha1: (key: Uint8Array, data: Uint8Array) => new Uint8Array(createHmac("sha1", key).update(data).digest()),
    randomBytes: (length: number) => Uint8Array.from({ length }, () => random.nextUint32() & 0xff),
  };
}

export interface PairOptions {
  readonly seed?: number;
  readonly link?: Partial<LinkParameters>;
  readonly constants?: Partial<SctpConstants>;
}

/** One side: an association and what came out of it. */
export interface End {
  readonly association: SctpAssociation;
  readonly events: SctpEvent[];
  readonly packets: SctpPacket[];
  /** Takes its events; a test sets it to false to play a reader that never reads. */
  isReading: boolean;
  /** Instead of {@link events}. */
  onEvent: ((event: SctpEvent, now: Instant) => void) | undefined;
  /** Before a packet of its own leaves: false drops it. */
  filter: ((packet: SctpPacket) => boolean) | undefined;
  readonly link: Link;
}

export function createAssociation(seed: number, constants: Partial<SctpConstants> = {}): SctpAssociation {
  return new SctpAssociation({ crypto: testCrypto(seed), localPort: 5000, remotePort: 5000, constants });
}

/** Two associations; `left` sends through its own link, `right` through the other. */
export class AssociationPair {
  readonly left: End;
  readonly right: End;
  now: Instant = t0;
  /** Packets handed to either association. */
  delivered = 0;

  constructor({ seed = 1, link = { delayMs: 20 }, constants = {} }: PairOptions = {}) {
    const create = (salt: number): End => ({
      association: createAssociation(seed * 2 + salt, constants),
      events: [],
      packets: [],
      isReading: true,
      onEvent: undefined,
      filter: undefined,
      link: new Link(seed * 100 + salt, link),
    });
    this.left = create(0);
    this.right = create(1);
  }

  setLinks(parameters: Partial<LinkParameters>): void {
    this.left.link.setParameters(parameters);
    this.right.link.setParameters(parameters);
  }

  /** Both connect, as WebRTC has it. */
  connect(): this {
    this.left.association.connect(this.now);
    this.right.association.connect(this.now);
    const isDone = () => this.left.association.state === "established" && this.right.association.state === "established";
    if (!this.run(60_000, isDone)) throw new Error("not connected");
    return this;
  }

  /** Runs until `isDone`, or for `limitMs`; says whether it was done. */
  run(limitMs: number, isDone: () => boolean = () => false): boolean {
    const end = after(this.now, limitMs);
    for (;;) {
      this.#drain(this.left);
      this.#drain(this.right);
      if (isDone()) return true;
      const next = this.#next();
      if (next === undefined || next > end) break;
      this.now = Math.max(this.now + 1, next) as Instant;
      this.#deliver(this.left, this.right);
      this.#deliver(this.right, this.left);
      for (const { association } of [this.left, this.right]) {
        const deadline = association.pollTimeout();
        if (deadline !== undefined && deadline <= this.now) association.handleTimeout(this.now);
      }
    }
    this.now = end;
    return isDone();
  }

  get elapsedMs(): number {
    return (this.now - t0) / 1000;
  }

  #next(): Instant | undefined {
    const deadlines = [this.left, this.right].flatMap(({ association, link }) => [
      association.pollTimeout(),
      link.pollTimeout() as Instant | undefined,
    ]);
    return deadlines.reduce((a, b) => (a === undefined ? b : b === undefined || a < b ? a : b), undefined);
  }

  #deliver(from: End, to: End): void {
    for (let data = from.link.pollDatagram(this.now); data !== undefined; data = from.link.pollDatagram(this.now)) {
      this.delivered++;
      to.association.handlePacket(data, this.now);
      this.#drain(to);
    }
  }

  #drain(end: End): void {
    if (end.isReading) {
      for (let event = end.association.pollEvent(); event !== undefined; event = end.association.pollEvent()) {
        if (end.onEvent === undefined) end.events.push(event);
        else end.onEvent(event, this.now);
      }
    }
    for (let count = 0; ; count++) {
      if (count > 5000) throw new Error("an association that never stops sending");
      const data = end.association.pollPacket(this.now);
      if (data === undefined) return;
      if (data.length > 1188) throw new Error(`a packet of ${data.length} bytes`);
      const copy = data.slice();
      const packet = parsePacket(copy);
      if (packet === undefined) throw new Error("a malformed packet left");
      end.packets.push(packet);
      if (end.filter === undefined || end.filter(packet)) end.link.handleDatagram(copy, this.now);
    }
  }
}

/** Messages among the events, as text. */
export function texts(end: End): string[] {
  return end.events.flatMap((event) => (event.type === "message" ? [new TextDecoder().decode(event.payload)] : []));
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
