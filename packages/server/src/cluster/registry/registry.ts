import { SluiceError } from "@sluice/protocol";

/** What the registry holds a node to, and itself. */
export const REGISTRY = {
  /** A node that says nothing for so long is gone: three renewals may be lost before it. */
  leaseTtlMs: 10_000,
  renewMs: 3_000,
  /** A store that has not answered by then is unavailable. */
  requestTimeoutMs: 3_000,
  /** Names of rooms are up to 256 characters, of which one may become nine when it is escaped. */
  maxKeyLength: 4_096,
  /** A participant with all its metadata; etcd takes 1.5 MiB in one request. */
  maxValueBytes: 131_072,
  /** Keys that one node writes: participants and tracks of everything it hosts. */
  maxOwnKeys: 100_000,
  /** etcd takes 128 operations in a transaction. */
  maxBatchKeys: 100,
  maxBatchBytes: 524_288,
} as const;

export interface RegistryEntry {
  readonly key: string;
  readonly value: Uint8Array;
}

/**
 * What a watcher hears of a prefix. The first is `reset`, and another one follows whenever it is not known what was missed: then `entries` is all
 * there is, and whatever else the watcher knew is gone. Everything between is told in the store's order, each once.
 */
export type PrefixEvent =
  | { readonly type: "reset"; readonly entries: readonly RegistryEntry[] }
  | { readonly type: "put"; readonly key: string; readonly value: Uint8Array }
  | { readonly type: "delete"; readonly key: string };

/** `lost`: there was a lease, and by now nobody can tell whether it still stands; others may hold this node for gone. */
export type LeaseStatus = "connecting" | "held" | "lost" | "closed";

/** They only grow. */
export interface RegistryCounters {
  /** Leases that had to be asked for anew after one was gone. */
  leasesLost: number;
  /** Requests that failed or got no answer. */
  requestsFailed: number;
  /** Watches that broke off. */
  watchesBroken: number;
  /** Times that a prefix was read again as a whole, the first one not counted. */
  resets: number;
  /** Entries of foreign writers: keys that are none of ours, and values too large. */
  ignoredKeys: number;
  ignoredValues: number;
}

/** An open watch; `isCurrent` is false while nothing may be coming from the store. */
export interface PrefixWatch {
  readonly isCurrent: boolean;
  close(): void;
}

/**
 * The store that all nodes of a cluster share: etcd, or a map in memory.
 *
 * What a node writes is declared, not sent: the registry keeps the store at what was declared, under the one lease of this node. While the store is away
 * nothing is lost and nothing piles up, for only the last value of each key counts; when the lease was lost, everything declared is written again under a
 * new one. A key dies with the lease of whoever wrote it last.
 */
export interface Registry {
  readonly leaseStatus: LeaseStatus;
  readonly counters: Readonly<RegistryCounters>;
  /** True while every watch hears of what happens. */
  readonly isCurrent: boolean;

  /**
   * @param key see {@link registryKey}
   * @param value up to 128 KiB
   * @throws SluiceError `invalidArgument`: no such key or value can be; `resourceExhausted`: 100,000 keys are declared
   */
  set(key: string, value: Uint8Array): void;

  /** Takes back what was declared; a key that another node has written since stays as it is. */
  delete(key: string): void;

  /** Tells `listener` of every key that begins with `prefix`, never before this call has returned. */
  watch(prefix: string, listener: (event: PrefixEvent) => void): PrefixWatch;

  /** Calls `listener` at every change of {@link leaseStatus}. */
  onLeaseStatus(listener: (status: LeaseStatus) => void): void;

  /**
   * Resolves when the lease is held and everything declared so far is written.
   *
   * @param timeoutMs undefined: wait for as long as it takes
   * @throws SluiceError `unavailable`: the store could not be reached in that time
   */
  ready(timeoutMs: number | undefined): Promise<void>;

  /** Ends the lease, and every key with it, as far as the store can be reached; resolves when that is done or given up. */
  close(): Promise<void>;
}

const SEGMENT = /^[A-Za-z0-9._~!'()*%:@+=-]+$/;

/** `/sluice/<segment>/…`; each segment escaped as in a URL, so that no name can reach into another key. */
export function registryKey(...segments: readonly string[]): string {
  return segments.reduce((key, segment) => `${key}/${escapeSegment(segment)}`, "/sluice");
}

/** The names in a key below `prefix`, which ends with a slash; undefined when it is none of ours. */
export function parseRegistryKey(key: string, prefix: string): string[] | undefined {
  if (!key.startsWith(prefix) || !isRegistryKey(key)) return undefined;
  try {
    return key.slice(prefix.length).split("/").map(decodeURIComponent);
  } catch {
    // A percent sign that escapes nothing: not written by registryKey().
    return undefined;
  }
}

export function isRegistryKey(key: string): boolean {
  if (!key.startsWith("/") || key.length > REGISTRY.maxKeyLength) return false;
  return key
    .slice(1)
    .split("/")
    .every((segment) => SEGMENT.test(segment));
}

function escapeSegment(segment: string): string {
  if (segment === "" || /\p{Surrogate}/u.test(segment)) {
    throw new SluiceError("invalidArgument", "a name in a registry key must be well-formed text of at least one character");
  }
  return encodeURIComponent(segment);
}
