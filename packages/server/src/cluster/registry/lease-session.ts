import { after, earliest, type Instant } from "@sluice/media";
import { OwnKeys } from "./own-keys.js";
import { type LeaseStatus, REGISTRY } from "./registry.js";
import type { LeaseId, StoreChange, StoreReply, StoreRequest } from "./registry-store.js";
import { RetryDelay } from "./retry-delay.js";

interface HeldLease {
  readonly name: "held";
  readonly lease: LeaseId;
  /** Until then the store is known to keep it; counted from when the last renewal that succeeded was sent. */
  readonly goodUntil: Instant;
  readonly renewal: { readonly name: "due"; readonly at: Instant } | { readonly name: "sent"; readonly at: Instant };
  readonly write:
    | { readonly name: "due"; readonly at: Instant }
    | { readonly name: "sent"; readonly changes: readonly StoreChange[] };
}

type LeaseState =
  | { readonly name: "none"; readonly grantAt: Instant; readonly hadLease: boolean }
  | { readonly name: "granting"; readonly sentAt: Instant; readonly hadLease: boolean }
  | HeldLease
  | { readonly name: "closed" };

/**
 * One node's lease and the keys under it: asks for a lease, renews it every 3 s, writes what is declared, and begins anew when the lease is gone.
 *
 * A renewal that fails ends nothing: the store may well keep the lease while it cannot be reached (etcd gives every lease its whole time again when it
 * comes back). Only the store's own word that the lease is gone does. Does no I/O: its owner sends what {@link pollRequest} returns, and hands in each
 * reply with its request. One request of a kind is out at a time, so writes arrive in the order of their declarations.
 */
export class LeaseSession {
  readonly counters = { leasesLost: 0, requestsFailed: 0 };
  readonly #keys = new OwnKeys();
  readonly #renewDelay = new RetryDelay();
  readonly #writeDelay = new RetryDelay();
  #state: LeaseState;

  constructor(now: Instant) {
    this.#state = { name: "none", grantAt: now, hadLease: false };
  }

  status(now: Instant): LeaseStatus {
    const state = this.#state;
    switch (state.name) {
      case "none":
      case "granting":
        return state.hadLease ? "lost" : "connecting";
      case "held":
        return now < state.goodUntil ? "held" : "lost";
      case "closed":
        return "closed";
    }
  }

  /** Whether the lease stands and everything declared is under it. */
  isSettled(now: Instant): boolean {
    return (
      this.status(now) === "held" && this.#state.name === "held" && this.#state.write.name === "due" && this.#keys.isWritten
    );
  }

  set(key: string, value: Uint8Array): void {
    this.#keys.set(key, value);
  }

  delete(key: string): void {
    this.#keys.delete(key);
  }

  /** No request follows but the one returned, if there is a lease to end. */
  close(): StoreRequest | undefined {
    const state = this.#state;
    this.#state = { name: "closed" };
    return state.name === "held" ? { type: "revoke", lease: state.lease } : undefined;
  }

  pollRequest(now: Instant): StoreRequest | undefined {
    const state = this.#state;
    if (state.name === "none" && state.grantAt <= now) {
      this.#state = { name: "granting", sentAt: now, hadLease: state.hadLease };
      return { type: "grant", ttlMs: REGISTRY.leaseTtlMs };
    }
    if (state.name !== "held") return undefined;
    if (state.renewal.name === "due" && state.renewal.at <= now) {
      this.#state = { ...state, renewal: { name: "sent", at: now } };
      return { type: "keepAlive", lease: state.lease };
    }
    if (state.write.name === "due" && state.write.at <= now && !this.#keys.isWritten) {
      const changes = this.#keys.takeBatch();
      this.#state = { ...state, write: { name: "sent", changes } };
      return { type: "write", lease: state.lease, changes };
    }
    return undefined;
  }

  /** `random`: 0 to 1. */
  handleReply(request: StoreRequest, reply: StoreReply, now: Instant, random: number): void {
    if (reply.type === "unavailable") this.counters.requestsFailed += 1;
    switch (request.type) {
      case "grant":
        this.#handleGrant(reply, now, random);
        return;
      case "keepAlive":
        this.#handleRenewal(request.lease, reply, now, random);
        return;
      case "write":
        this.#handleWrite(request, reply, now, random);
        return;
      case "revoke":
      case "read":
        return;
    }
  }

  pollTimeout(): Instant | undefined {
    const state = this.#state;
    if (state.name === "none") return state.grantAt;
    if (state.name !== "held") return undefined;
    const renewAt = state.renewal.name === "due" ? state.renewal.at : undefined;
    const writeAt = state.write.name === "due" && !this.#keys.isWritten ? state.write.at : undefined;
    return earliest(renewAt, writeAt);
  }

  /** When the status turns to `lost` if nothing comes. */
  get goodUntil(): Instant | undefined {
    return this.#state.name === "held" ? this.#state.goodUntil : undefined;
  }

  #handleGrant(reply: StoreReply, now: Instant, random: number): void {
    const state = this.#state;
    if (state.name !== "granting") return;
    if (reply.type !== "granted") {
      this.#state = { name: "none", grantAt: after(now, this.#renewDelay.next(random)), hadLease: state.hadLease };
      return;
    }
    this.#renewDelay.reset();
    this.#keys.handleAllGone();
    this.#state = {
      name: "held",
      lease: reply.lease,
      goodUntil: after(state.sentAt, REGISTRY.leaseTtlMs),
      renewal: { name: "due", at: after(state.sentAt, REGISTRY.renewMs) },
      write: { name: "due", at: now },
    };
  }

  #handleRenewal(lease: LeaseId, reply: StoreReply, now: Instant, random: number): void {
    const state = this.#state;
    if (state.name !== "held" || state.lease !== lease || state.renewal.name !== "sent") return;
    if (reply.type === "leaseGone") {
      this.#handleLeaseGone(now);
      return;
    }
    if (reply.type !== "done") {
      this.#state = { ...state, renewal: { name: "due", at: after(now, this.#renewDelay.next(random)) } };
      return;
    }
    this.#renewDelay.reset();
    const sentAt = state.renewal.at;
    const renewAt = after(sentAt, REGISTRY.renewMs);
    this.#state = { ...state, goodUntil: after(sentAt, REGISTRY.leaseTtlMs), renewal: { name: "due", at: renewAt } };
  }

  #handleWrite(request: StoreRequest & { readonly type: "write" }, reply: StoreReply, now: Instant, random: number): void {
    const state = this.#state;
    if (state.name !== "held" || state.lease !== request.lease) return;
    if (reply.type === "leaseGone") {
      this.#handleLeaseGone(now);
      return;
    }
    if (reply.type === "done") {
      this.#writeDelay.reset();
      this.#state = { ...state, write: { name: "due", at: now } };
      return;
    }
    this.#keys.handleFailed(request.changes);
    this.#state = { ...state, write: { name: "due", at: after(now, this.#writeDelay.next(random)) } };
  }

  #handleLeaseGone(now: Instant): void {
    this.counters.leasesLost += 1;
    this.#state = { name: "none", grantAt: now, hadLease: true };
  }
}
