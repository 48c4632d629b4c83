import { VirtualClock } from "../../../testing/virtual-clock.js";
import type { BusOptions } from "../bus.js";
import { MemoryBusHub } from "../memory-bus-hub.js";
import type { BusHarness } from "./bus-contract.js";
import { BusNode } from "./bus-node.js";

/** Virtual time that a test may wait for something, ms. */
const PATIENCE_MS = 60_000;

/** Nodes around a {@link MemoryBusHub}, in virtual time. */
export class MemoryHarness implements BusHarness {
  readonly clock = new VirtualClock();
  readonly hub: MemoryBusHub;
  readonly #random: () => number;
  readonly #nodes: BusNode[] = [];

  constructor(random: () => number) {
    this.#random = random;
    this.hub = new MemoryBusHub(this.clock, random);
  }

  async create(id: string, options: Partial<BusOptions> = {}): Promise<BusNode> {
    const node = new BusNode(id, this.hub.attach(id), this.clock, this.#random, options);
    this.#nodes.push(node);
    return node;
  }

  async publishRaw(channel: string, bytes: Uint8Array): Promise<void> {
    this.hub.publish("", channel, bytes);
  }

  async stopBroker(): Promise<void> {
    this.hub.stop();
  }

  async startBroker(): Promise<void> {
    this.hub.start();
  }

  cutOff(id: string): void {
    this.hub.cutOff(id);
  }

  letBack(id: string): void {
    this.hub.letBack(id);
  }

  async settle<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const settled = () => {
      isSettled = true;
    };
    promise.then(settled, settled);
    await this.until(() => isSettled, "the promise settles");
    return promise;
  }

  async wait(ms: number): Promise<void> {
    for (let passedMs = 0; passedMs < ms; passedMs++) await this.#tick();
  }

  async until(condition: () => boolean, what: string): Promise<void> {
    for (let passedMs = 0; passedMs < PATIENCE_MS; passedMs++) {
      if (condition()) return;
      await this.#tick();
    }
    throw new Error(`never happened: ${what}`);
  }

  async close(): Promise<void> {
    for (const node of this.#nodes) await node.bus.close();
  }

  /** 1 ms, and whatever promises come of it. */
  async #tick(): Promise<void> {
    this.clock.advance(1);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
