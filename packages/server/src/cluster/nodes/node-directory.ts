import { after, earliest, type Instant } from "@sluice/media";
import { type PrefixEvent, REGISTRY } from "../registry/registry.js";
import { NODES_PREFIX, type NodeRecord, nodeKey, parseNodeRecord } from "./node-record.js";

/** Nodes of a cluster; what is more is somebody's mistake. */
export const MAX_NODES = 10_000;

/** A record that was not written anew for so long, ms: its node is cut off, or the store is, and nobody knows which. */
export const STALE_MS: number = REGISTRY.leaseTtlMs;

export interface KnownNode {
  readonly record: NodeRecord;
  /** Time since its record was last written, as far as it was heard, ms. */
  readonly ageMs: number;
  readonly isStale: boolean;
}

/** `joined` and `left` alternate; a node that was started again under its id leaves and joins. */
export interface NodeChange {
  readonly type: "joined" | "updated" | "left";
  /** The last one, for `left`. */
  readonly record: NodeRecord;
}

/** They only grow. */
export interface NodeDirectoryCounters {
  joined: number;
  left: number;
  /** Records that are none, and why. */
  malformed: number;
  otherVersion: number;
  foreign: number;
  /** Records of nodes beyond {@link MAX_NODES}. */
  tooMany: number;
  /** Records of another run of the program under this node's own id. */
  idConflicts: number;
}

interface Entry {
  readonly record: NodeRecord;
  readonly heardAt: Instant;
  /** Somebody else has written over it; it goes when it is stale, unless its node writes again. */
  readonly isOverwritten: boolean;
}

/**
 * The nodes of the cluster as this one knows them. Does no I/O: it is fed with what happens below `/sluice/nodes/`.
 *
 * While nothing is heard the last view stays, and its nodes turn stale: that nobody speaks does not mean that nobody is there.
 */
export class NodeDirectory {
  readonly counters: NodeDirectoryCounters = {
    ...{ joined: 0, left: 0, malformed: 0, otherVersion: 0, foreign: 0, tooMany: 0, idConflicts: 0 },
  };
  readonly #self: { readonly nodeId: string; readonly incarnation: string } | undefined;
  readonly #entries = new Map<string, Entry>();

  /** `self`: the node that looks, if it is one of them. */
  constructor(self?: { readonly nodeId: string; readonly incarnation: string }) {
    this.#self = self;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(nodeId: string, now: Instant): KnownNode | undefined {
    const entry = this.#entries.get(nodeKey(nodeId));
    return entry && known(entry, now);
  }

  /** Sorted by their ids. */
  nodes(now: Instant): KnownNode[] {
    const nodes = [...this.#entries.values()].map((entry) => known(entry, now));
    return nodes.sort((a, b) => (a.record.nodeId < b.record.nodeId ? -1 : 1));
  }

  handleEvent(event: PrefixEvent, now: Instant): NodeChange[] {
    switch (event.type) {
      case "put":
        return this.#handlePut(event.key, event.value, now);
      case "delete":
        return this.#remove(event.key);
      case "reset": {
        const present = new Set(event.entries.map(({ key }) => key));
        const gone = [...this.#entries.keys()].filter((key) => !present.has(key));
        const removed = gone.flatMap((key) => this.#remove(key));
        return [...removed, ...event.entries.flatMap(({ key, value }) => this.#handlePut(key, value, now))];
      }
    }
  }

  /** When {@link handleTimeout} is wanted. */
  pollTimeout(): Instant | undefined {
    let next: Instant | undefined;
    for (const { isOverwritten, heardAt } of this.#entries.values()) {
      if (isOverwritten) next = earliest(next, after(heardAt, STALE_MS));
    }
    return next;
  }

  handleTimeout(now: Instant): NodeChange[] {
    const gone = [...this.#entries].filter(([, entry]) => entry.isOverwritten && known(entry, now).isStale);
    return gone.flatMap(([key]) => this.#remove(key));
  }

  #handlePut(key: string, value: Uint8Array, now: Instant): NodeChange[] {
    const before = this.#entries.get(key);
    const parsed = key.startsWith(NODES_PREFIX)
      ? parseNodeRecord(key, value)
      : ({ type: "ignored", reason: "foreign" } as const);
    if (parsed.type === "ignored") {
      this.counters[parsed.reason] += 1;
      if (before !== undefined) this.#entries.set(key, { ...before, isOverwritten: true });
      return [];
    }
    const { record } = parsed;
    if (before === undefined && this.#entries.size >= MAX_NODES) {
      this.counters.tooMany += 1;
      return [];
    }
    if (record.nodeId === this.#self?.nodeId && record.incarnation !== this.#self.incarnation) this.counters.idConflicts += 1;
    const left = before !== undefined && before.record.incarnation !== record.incarnation ? this.#remove(key) : [];
    const isNew = !this.#entries.has(key);
    this.#entries.set(key, { record, heardAt: now, isOverwritten: false });
    if (isNew) this.counters.joined += 1;
    return [...left, { type: isNew ? "joined" : "updated", record }];
  }

  #remove(key: string): NodeChange[] {
    const entry = this.#entries.get(key);
    if (entry === undefined) return [];
    this.#entries.delete(key);
    this.counters.left += 1;
    return [{ type: "left", record: entry.record }];
  }
}

function known({ record, heardAt }: Entry, now: Instant): KnownNode {
  const ageMs = (now - heardAt) / 1000;
  return { record, ageMs, isStale: ageMs >= STALE_MS };
}
