import type { RegistryEntry } from "./registry.js";

/** The number of a lease as the store gave it. */
export type LeaseId = string & { readonly __brand: "LeaseId" };

/** A new value, or none: then the key goes, if it is still under the lease of whoever asks. */
export interface StoreChange {
  readonly key: string;
  readonly value: Uint8Array | undefined;
}

export type StoreRequest =
  | { readonly type: "grant"; readonly ttlMs: number }
  | { readonly type: "keepAlive"; readonly lease: LeaseId }
  | { readonly type: "revoke"; readonly lease: LeaseId }
  /** All of it or nothing; each key once. */
  | { readonly type: "write"; readonly lease: LeaseId; readonly changes: readonly StoreChange[] }
  | { readonly type: "read"; readonly prefix: string };

export type StoreReply =
  | { readonly type: "granted"; readonly lease: LeaseId }
  | { readonly type: "done" }
  /** The lease has ended, and with it every key under it. */
  | { readonly type: "leaseGone" }
  /** Sorted by key; as they were at `revision`. */
  | { readonly type: "entries"; readonly revision: number; readonly entries: readonly RegistryEntry[] }
  /** It was not carried out, or nobody knows whether it was. */
  | { readonly type: "unavailable"; readonly message: string };

export interface StoreEvent {
  readonly type: "put" | "delete";
  readonly key: string;
  /** Empty for `delete`. */
  readonly value: Uint8Array;
}

/** `compacted`: what happened since cannot be told any more, the prefix has to be read again. */
export type WatchEnd = "compacted" | "unavailable";

export interface WatchSink {
  /** The store has begun to tell. */
  handleOpen(): void;
  /** All that happened up to and including `revision`, in order; without events: nothing did. */
  handleEvents(events: readonly StoreEvent[], revision: number): void;
  /** The last call; never comes when the watcher itself has ended the watch. */
  handleEnd(reason: WatchEnd, message: string): void;
}

/**
 * One node's way to the shared store; what etcd and the memory differ in. It remembers nothing: leases, retries and gaps are its caller's.
 *
 * Revisions count the writes to the whole store. Callbacks never come before the call that asked for them has returned.
 */
export interface RegistryStore {
  /** What it talks to, for messages. */
  readonly name: string;
  /** `onReply` is called once, within {@link REGISTRY.requestTimeoutMs} or a little more. */
  request(request: StoreRequest, onReply: (reply: StoreReply) => void): void;
  /** Tells of what happens after `revision`, until the function returned is called or the watch ends by itself. */
  watch(prefix: string, revision: number, sink: WatchSink): () => void;
  close(): void;
}
