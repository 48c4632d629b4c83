import { SluiceError } from "@sluice/protocol";
import type { BusLink, LinkOwner, LinkState } from "./bus-link.js";

/** What a link needs of its hub. */
export interface MemoryBroker {
  canReach(nodeId: string): boolean;
  publish(from: string, channel: string, bytes: Uint8Array): void;
  /** Runs `run` when what is sent now arrives. */
  later(run: () => void): void;
  detach(nodeId: string, link: MemoryLink): void;
}

/** A node's way to others of the same process, by a `MemoryBusHub`. */
export class MemoryLink implements BusLink {
  readonly #hub: MemoryBroker;
  readonly #nodeId: string;
  readonly #channels = new Set<string>();
  #owner: LinkOwner | undefined;
  #state: LinkState = { type: "connecting" };
  /** Changes with each connection: what was on its way to one before is not for this one. */
  #connection = 0;
  #resolveOpen: (() => void) | undefined;

  constructor(hub: MemoryBroker, nodeId: string) {
    this.#hub = hub;
    this.#nodeId = nodeId;
  }

  get state(): LinkState {
    return this.#state;
  }

  async open(owner: LinkOwner, wait: boolean): Promise<void> {
    this.#owner = owner;
    if (!this.#hub.canReach(this.#nodeId) && !wait) throw new SluiceError("unavailable", "the memory bus cannot be reached");
    const opened = new Promise<void>((resolve) => {
      this.#resolveOpen = resolve;
    });
    this.handleBrokerBack();
    await opened;
  }

  publish(channel: string, bytes: Uint8Array): void {
    if (this.#state.type !== "connected") return;
    this.#hub.publish(this.#nodeId, channel, bytes);
    this.#hub.later(this.whileConnected(() => this.#owner?.handleAccepted()));
  }

  subscribe(channel: string): void {
    this.#channels.add(channel);
    if (this.#state.type !== "connected") return;
    const subscribed = () => {
      if (this.#channels.has(channel)) this.#owner?.handleSubscribed(channel);
    };
    this.#hub.later(this.whileConnected(subscribed));
  }

  unsubscribe(channel: string): void {
    this.#channels.delete(channel);
  }

  async close(): Promise<void> {
    this.#state = { type: "closed" };
    this.#connection += 1;
    this.#hub.detach(this.#nodeId, this);
    this.#resolveOpen?.();
  }

  /** For the hub, as everything below. */
  isListening(channel: string): boolean {
    return this.#state.type === "connected" && this.#channels.has(channel);
  }

  handleBytes(channel: string, bytes: Uint8Array): void {
    this.#owner?.handleBytes(channel, bytes);
  }

  handleBrokerLost(cause: string): void {
    const wasConnected = this.#state.type === "connected";
    this.#connection += 1;
    if (!wasConnected) return;
    this.#state = { type: "interrupted", cause };
    this.#owner?.handleInterrupted(cause);
  }

  handleBrokerBack(): void {
    if (this.#owner === undefined || this.#state.type === "closed" || !this.#hub.canReach(this.#nodeId)) return;
    const connected = () => {
      this.#state = { type: "connected" };
      this.#owner?.handleConnected();
      this.#resolveOpen?.();
    };
    this.#hub.later(this.whileConnected(connected));
  }

  /** `run`, unless the connection of now has ended by then. */
  whileConnected(run: () => void): () => void {
    const connection = this.#connection;
    return () => {
      if (connection === this.#connection) run();
    };
  }
}
