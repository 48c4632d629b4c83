import { SYSTEM_CLOCK } from "../../../session/clock.js";
import type { BusOptions } from "../bus.js";
import { RedisConnection } from "../redis-connection.js";
import { RedisLink } from "../redis-link.js";
import { parseRedisUrl } from "../redis-url.js";
import type { BusHarness } from "./bus-contract.js";
import { BusNode } from "./bus-node.js";
import { RedisServer } from "./redis-server.js";
import { TcpGate } from "./tcp-gate.js";

/** Time that a test may wait for something, ms: machines stop for a while. */
const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 2;

/** Nodes around a real Redis. */
export class RedisHarness implements BusHarness {
  readonly server: RedisServer;
  readonly #nodes: BusNode[] = [];
  /** By node. */
  readonly #gates = new Map<string, TcpGate>();

  private constructor(server: RedisServer) {
    this.server = server;
  }

  static async start(args: readonly string[] = []): Promise<RedisHarness> {
    return new RedisHarness(await RedisServer.start(args));
  }

  async create(id: string, options: Partial<BusOptions> = {}): Promise<BusNode> {
    const gate = this.#gates.get(id) ?? (await TcpGate.create(this.server.port));
    this.#gates.set(id, gate);
    return this.createAt(`redis://127.0.0.1:${gate.port}`, id, options);
  }

  /** With no gate in between. */
  createAt(url: string, id: string, options: Partial<BusOptions> = {}): BusNode {
    const link = new RedisLink({ url, clock: SYSTEM_CLOCK, random: Math.random });
    const node = new BusNode(id, link, SYSTEM_CLOCK, Math.random, options);
    this.#nodes.push(node);
    return node;
  }

  async publishRaw(channel: string, bytes: Uint8Array): Promise<void> {
    const events = { onMessage: () => {}, onEnd: () => {} };
    const connection = await RedisConnection.open(parseRedisUrl(this.server.url), [], SYSTEM_CLOCK, events);
    await new Promise<void>((resolve) => {
      connection.publish(`sluice:${channel}`, bytes, resolve);
    });
    connection.close();
  }

  stopBroker(): Promise<void> {
    return this.server.kill();
  }

  startBroker(): Promise<void> {
    return this.server.restart();
  }

  cutOff(id: string): void {
    this.#gates.get(id)?.shut();
  }

  letBack(id: string): void {
    this.#gates.get(id)?.open();
  }

  settle<T>(promise: Promise<T>): Promise<T> {
    return promise;
  }

  async wait(ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms));
  }

  async until(condition: () => boolean, what: string): Promise<void> {
    const startedAt = performance.now();
    while (!condition()) {
      if (performance.now() - startedAt > PATIENCE_MS) throw new Error(`never happened: ${what}`);
      await this.wait(LOOK_EVERY_MS);
    }
  }

  async close(): Promise<void> {
    for (const node of this.#nodes) await node.bus.close();
    for (const gate of this.#gates.values()) await gate.close();
    await this.server.close();
  }
}
