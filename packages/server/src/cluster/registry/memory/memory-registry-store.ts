import { after, type Instant } from "@sluice/media";
import type { Clock } from "../../../session/clock.js";
import { DeadlineTimer } from "../../../session/deadline-timer.js";
import type { RegistryEntry } from "../registry.js";
import type { LeaseId, StoreChange, StoreEvent, StoreReply, StoreRequest, WatchEnd } from "../registry-store.js";
import { MemoryRegistryLink } from "./memory-registry-link.js";

/** Revisions of the past that a watch may begin at; etcd keeps them until somebody compacts it. */
const MAX_HISTORY = 10_000;

interface StoredValue {
  readonly value: Uint8Array;
  readonly lease: LeaseId | undefined;
}

interface Revision {
  readonly revision: number;
  readonly events: readonly StoreEvent[];
}

interface StoredLease {
  readonly ttlMs: number;
  goodUntil: Instant;
  readonly keys: Set<string>;
}

/** A watch as the store sees it. */
export interface StoredWatch {
  readonly prefix: string;
  handleEvents(events: readonly StoreEvent[], revision: number): void;
  handleEnd(reason: WatchEnd, message: string): void;
}

/**
 * The store of nodes that share a process: a single node's, and a whole cluster's in a test. Keeps to what etcd does with revisions, leases and
 * watches; ask {@link connect} for one node's way to it.
 */
export class MemoryRegistryStore {
  readonly #clock: Clock;
  readonly #timer: DeadlineTimer;
  readonly #values = new Map<string, StoredValue>();
  readonly #leases = new Map<LeaseId, StoredLease>();
  readonly #watches = new Set<StoredWatch>();
  #history: Revision[] = [];
  #revision = 1;
  /** The last revision whose events are forgotten. */
  #compacted = 0;
  #leaseCount = 0;
  #isRunning = true;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#timer = new DeadlineTimer(clock, () => this.#expireLeases());
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  get revision(): number {
    return this.#revision;
  }

  /** One node's way to the store; whatever crosses it takes `latencyMs`. */
  connect(latencyMs = 0): MemoryRegistryLink {
    return new MemoryRegistryLink(this, this.#clock, latencyMs);
  }

  /** Everything goes on where it stopped, after {@link start}; meanwhile no lease ends. */
  stop(): void {
    this.#isRunning = false;
    this.#timer.set(undefined);
    const watches = [...this.#watches];
    this.#watches.clear();
    for (const watch of watches) watch.handleEnd("unavailable", "the store has stopped");
  }

  /** Leases have their whole time again, as etcd's have when a leader is elected. */
  start(): void {
    this.#isRunning = true;
    for (const lease of this.#leases.values()) lease.goodUntil = after(this.#clock.now(), lease.ttlMs);
    this.#setTimer();
  }

  /** Forgets what happened up to `revision`. */
  compact(revision = this.#revision): void {
    this.#compacted = Math.max(this.#compacted, Math.min(revision, this.#revision));
    this.#history = this.#history.filter((past) => past.revision > this.#compacted);
  }

  /** Writes as somebody would who is no node of ours: any key, any size, no lease. */
  writeForeign(key: string, value: Uint8Array | undefined): void {
    if (value !== undefined) this.#commit([this.#put(key, value, undefined)]);
    else if (this.#values.has(key)) this.#commit([this.#remove(key)]);
  }

  /** Under which lease a key is; undefined: none, or there is no such key. */
  leaseOf(key: string): LeaseId | undefined {
    return this.#values.get(key)?.lease;
  }

  serve(request: StoreRequest): StoreReply {
    switch (request.type) {
      case "grant":
        return this.#grant(request.ttlMs);
      case "keepAlive":
        return this.#keepAlive(request.lease);
      case "revoke":
        return this.#endLease(request.lease);
      case "write":
        return this.#write(request.lease, request.changes);
      case "read":
        return { type: "entries", revision: this.#revision, entries: this.#read(request.prefix) };
    }
  }

  /** False: what came after `revision` is forgotten, or is still to come. */
  openWatch(watch: StoredWatch, revision: number): boolean {
    if (revision < this.#compacted || revision > this.#revision) return false;
    this.#watches.add(watch);
    for (const past of this.#history) if (past.revision > revision) tell(watch, past);
    return true;
  }

  closeWatch(watch: StoredWatch): void {
    this.#watches.delete(watch);
  }

  #grant(ttlMs: number): StoreReply {
    this.#leaseCount += 1;
    const lease = `${this.#leaseCount}` as LeaseId;
    this.#leases.set(lease, { ttlMs, goodUntil: after(this.#clock.now(), ttlMs), keys: new Set() });
    this.#setTimer();
    return { type: "granted", lease };
  }

  #keepAlive(id: LeaseId): StoreReply {
    const lease = this.#leases.get(id);
    if (lease === undefined) return { type: "leaseGone" };
    lease.goodUntil = after(this.#clock.now(), lease.ttlMs);
    this.#setTimer();
    return { type: "done" };
  }

  #write(lease: LeaseId, changes: readonly StoreChange[]): StoreReply {
    if (!this.#leases.has(lease)) return { type: "leaseGone" };
    const events: StoreEvent[] = [];
    for (const { key, value } of changes) {
      if (value !== undefined) events.push(this.#put(key, value, lease));
      else if (this.#values.get(key)?.lease === lease) events.push(this.#remove(key));
    }
    this.#commit(events);
    return { type: "done" };
  }

  #read(prefix: string): RegistryEntry[] {
    const entries: RegistryEntry[] = [];
    for (const [key, { value }] of this.#values) if (key.startsWith(prefix)) entries.push({ key, value });
    return entries.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  #put(key: string, value: Uint8Array, lease: LeaseId | undefined): StoreEvent {
    this.#detach(key);
    this.#values.set(key, { value, lease });
    if (lease !== undefined) this.#leases.get(lease)?.keys.add(key);
    return { type: "put", key, value };
  }

  #remove(key: string): StoreEvent {
    this.#detach(key);
    this.#values.delete(key);
    return { type: "delete", key, value: new Uint8Array() };
  }

  #detach(key: string): void {
    const lease = this.#values.get(key)?.lease;
    if (lease !== undefined) this.#leases.get(lease)?.keys.delete(key);
  }

  #commit(events: readonly StoreEvent[]): void {
    if (events.length === 0) return;
    this.#revision += 1;
    const revision = { revision: this.#revision, events };
    this.#history.push(revision);
    if (this.#history.length > MAX_HISTORY) this.compact(this.#revision - MAX_HISTORY / 2);
    for (const watch of this.#watches) tell(watch, revision);
  }

  #endLease(id: LeaseId): StoreReply {
    const lease = this.#leases.get(id);
    if (lease === undefined) return { type: "leaseGone" };
    this.#leases.delete(id);
    this.#commit([...lease.keys].map((key) => this.#remove(key)));
    return { type: "done" };
  }

  #expireLeases(): void {
    const now = this.#clock.now();
    for (const [id, { goodUntil }] of this.#leases) if (goodUntil <= now) this.#endLease(id);
    this.#setTimer();
  }

  #setTimer(): void {
    let next: Instant | undefined;
    for (const { goodUntil } of this.#leases.values()) if (next === undefined || goodUntil < next) next = goodUntil;
    this.#timer.set(this.#isRunning ? next : undefined);
  }
}

function tell(watch: StoredWatch, { revision, events }: Revision): void {
  watch.handleEvents(
    events.filter(({ key }) => key.startsWith(watch.prefix)),
    revision,
  );
}
