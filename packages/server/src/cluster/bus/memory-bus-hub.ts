import type { Clock } from "../../session/clock.js";
import { type MemoryBroker, MemoryLink } from "./memory-link.js";

/** What the hub does to messages on their way, for tests. Rates are 0 to 1 and apply to each receiver by itself. */
export interface HubFaults {
  /** From publishing to arrival, ms. */
  latencyMs: number;
  lossRate: number;
  duplicateRate: number;
  /** How many take longer, by up to `reorderMs`, and so arrive after later ones. */
  reorderRate: number;
  reorderMs: number;
}

/**
 * A broker inside one process: the memory twin of Redis Pub/Sub. Several nodes attach to one hub. Without faults everybody who listens
 * gets everything, in order, at the next turn of the event loop.
 */
export class MemoryBusHub implements MemoryBroker {
  readonly faults: HubFaults = { latencyMs: 0, lossRate: 0, duplicateRate: 0, reorderRate: 0, reorderMs: 0 };
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #links = new Map<string, MemoryLink>();
  /** `from to`, of pairs that do not hear each other in that direction. */
  readonly #cuts = new Set<string>();
  readonly #cutOff = new Set<string>();
  #isUp = true;
  /** What arrives at the next turn; without latency one timer serves all of it. */
  #arriving: (() => void)[] = [];

  /** `random`: 0 to 1; a test's is seeded. */
  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  canReach(nodeId: string): boolean {
    return this.#isUp && !this.#cutOff.has(nodeId);
  }

  /** `nodeId`: by which the faults know it; one that attaches again takes the place of the one before. */
  attach(nodeId: string): MemoryLink {
    const link = new MemoryLink(this, nodeId);
    this.#links.set(nodeId, link);
    return link;
  }

  /** The broker goes: everything on its way is lost. */
  stop(): void {
    this.#isUp = false;
    this.#arriving = [];
    for (const link of this.#links.values()) link.handleBrokerLost("the broker was stopped");
  }

  /** The broker is back, and knows nothing of before. */
  start(): void {
    this.#isUp = true;
    for (const link of this.#links.values()) link.handleBrokerBack();
  }

  /** One node cannot reach the broker until {@link letBack}. */
  cutOff(nodeId: string): void {
    this.#cutOff.add(nodeId);
    this.#links.get(nodeId)?.handleBrokerLost("the broker cannot be reached");
  }

  letBack(nodeId: string): void {
    this.#cutOff.delete(nodeId);
    this.#links.get(nodeId)?.handleBrokerBack();
  }

  /** What `from` says does not reach `to` until {@link heal}. */
  cut(from: string, to: string): void {
    this.#cuts.add(`${from} ${to}`);
  }

  heal(): void {
    this.#cuts.clear();
  }

  publish(from: string, channel: string, bytes: Uint8Array): void {
    if (!this.#isUp) return;
    for (const [to, link] of this.#links) {
      if (this.#cuts.has(`${from} ${to}`) || !link.isListening(channel)) continue;
      if (this.#isHit(this.faults.lossRate)) continue;
      const copies = this.#isHit(this.faults.duplicateRate) ? 2 : 1;
      for (let copy = 0; copy < copies; copy++) {
        const lateMs = this.#isHit(this.faults.reorderRate) ? this.#random() * this.faults.reorderMs : 0;
        // A copy for each: a receiver that writes into its own changes nobody else's, as with a real broker.
        const received = bytes.slice();
        this.later(
          link.whileConnected(() => link.handleBytes(channel, received)),
          lateMs,
        );
      }
    }
  }

  later(run: () => void, lateMs = 0): void {
    const delayMs = this.faults.latencyMs + lateMs;
    if (delayMs > 0) {
      this.#clock.schedule(delayMs, run);
      return;
    }
    if (this.#arriving.push(run) > 1) return;
    this.#clock.schedule(0, () => {
      const arriving = this.#arriving;
      this.#arriving = [];
      for (const arrive of arriving) arrive();
    });
  }

  detach(nodeId: string, link: MemoryLink): void {
    if (this.#links.get(nodeId) === link) this.#links.delete(nodeId);
  }

  #isHit(rate: number): boolean {
    return rate > 0 && this.#random() < rate;
  }
}
