import { earliest } from "@sluice/media";
import type { Clock } from "../../session/clock.js";
import { DeadlineTimer } from "../../session/deadline-timer.js";
import type { PrefixEvent, PrefixWatch, Registry } from "../registry/registry.js";
import { type KnownNode, type NodeChange, NodeDirectory, type NodeDirectoryCounters } from "./node-directory.js";
import { NODES_PREFIX, type NodeIdentity, type NodeLoad, type NodeState, nodeKey, serializeNodeRecord } from "./node-record.js";
import { NodeRegistration } from "./node-registration.js";

export interface MembershipOptions {
  /** Of this node; closed by whoever opened it. */
  readonly registry: Registry;
  readonly clock: Clock;
  readonly identity: NodeIdentity;
  /** Asked every 3 s. */
  readonly measureLoad: () => NodeLoad;
  /** Told in the store's order; this node's own changes among them. */
  readonly onChange?: (change: NodeChange) => void;
}

/** One node's part in its cluster: it says in the registry that it is there, and knows who else is. */
export class Membership {
  readonly identity: NodeIdentity;
  readonly #options: MembershipOptions;
  readonly #registration: NodeRegistration;
  readonly #directory: NodeDirectory;
  readonly #watch: PrefixWatch;
  readonly #timer: DeadlineTimer;
  #isClosed = false;

  constructor(options: MembershipOptions) {
    const { registry, clock, identity } = options;
    this.identity = identity;
    this.#options = options;
    this.#registration = new NodeRegistration(identity, clock.now());
    this.#directory = new NodeDirectory(identity);
    this.#timer = new DeadlineTimer(clock, () => this.#run());
    this.#watch = registry.watch(NODES_PREFIX, (event) => this.#handleEvent(event));
    this.#run();
  }

  get state(): NodeState {
    return this.#registration.state;
  }

  get counters(): Readonly<NodeDirectoryCounters> {
    return this.#directory.counters;
  }

  /** Whether others can see this node, and this node hears of others; media goes on without. */
  get isConnected(): boolean {
    return this.#options.registry.leaseStatus === "held" && this.#watch.isCurrent;
  }

  /** Every node that is known, this one among them, sorted by their ids. */
  nodes(): KnownNode[] {
    return this.#directory.nodes(this.#options.clock.now());
  }

  get(nodeId: string): KnownNode | undefined {
    return this.#directory.get(nodeId, this.#options.clock.now());
  }

  /** No newcomers for this node any more. */
  drain(): void {
    this.#registration.drain(this.#options.clock.now());
    this.#run();
  }

  /** The node leaves the others' views at once. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer.set(undefined);
    this.#watch.close();
    this.#options.registry.delete(nodeKey(this.identity.nodeId));
  }

  #handleEvent(event: PrefixEvent): void {
    this.#tell(this.#directory.handleEvent(event, this.#options.clock.now()));
    this.#run();
  }

  #run(): void {
    if (this.#isClosed) return;
    const { registry, clock, measureLoad } = this.#options;
    const now = clock.now();
    const record = this.#registration.pollRecord(now, measureLoad);
    if (record !== undefined) registry.set(nodeKey(record.nodeId), serializeNodeRecord(record));
    this.#tell(this.#directory.handleTimeout(now));
    this.#timer.set(earliest(this.#registration.pollTimeout(), this.#directory.pollTimeout()));
  }

  #tell(changes: readonly NodeChange[]): void {
    for (const change of changes) this.#options.onChange?.(change);
  }
}
