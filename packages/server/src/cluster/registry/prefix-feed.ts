import { after, type Instant } from "@sluice/media";
import { isRegistryKey, type PrefixEvent, REGISTRY, type RegistryEntry } from "./registry.js";
import type { StoreEvent, StoreReply, WatchEnd } from "./registry-store.js";
import { RetryDelay } from "./retry-delay.js";

type FeedState =
  | { readonly name: "unread"; readonly at: Instant }
  | { readonly name: "reading" }
  /** `revision` is known, nobody tells what comes after. */
  | { readonly name: "unwatched"; readonly at: Instant; readonly revision: number }
  | { readonly name: "opening"; readonly revision: number }
  | { readonly name: "watching"; readonly revision: number };

export type FeedAction = { readonly type: "read" } | { readonly type: "watch"; readonly revision: number };

/**
 * What happens below one prefix, without a gap and nothing twice: reads it once, watches from there, goes on from the last revision heard when a watch
 * breaks off, and reads again when the store has forgotten what came since.
 *
 * Foreign writers' entries end here: keys that are none of ours are as if they were not there, a value too large as if its key was deleted. Does no I/O.
 */
export class PrefixFeed {
  readonly counters = { requestsFailed: 0, watchesBroken: 0, resets: 0, ignoredKeys: 0, ignoredValues: 0 };
  readonly #delay = new RetryDelay();
  #state: FeedState;
  #wasRead = false;

  constructor(now: Instant) {
    this.#state = { name: "unread", at: now };
  }

  get isCurrent(): boolean {
    return this.#state.name === "watching";
  }

  pollAction(now: Instant): FeedAction | undefined {
    const state = this.#state;
    if (state.name === "unread" && state.at <= now) {
      this.#state = { name: "reading" };
      return { type: "read" };
    }
    if (state.name === "unwatched" && state.at <= now) {
      this.#state = { name: "opening", revision: state.revision };
      return { type: "watch", revision: state.revision };
    }
    return undefined;
  }

  pollTimeout(): Instant | undefined {
    return this.#state.name === "unread" || this.#state.name === "unwatched" ? this.#state.at : undefined;
  }

  /** The reply to `read`; `random`: 0 to 1. */
  handleReply(reply: StoreReply, now: Instant, random: number): PrefixEvent[] {
    if (this.#state.name !== "reading") return [];
    if (reply.type !== "entries") {
      this.counters.requestsFailed += 1;
      this.#state = { name: "unread", at: after(now, this.#delay.next(random)) };
      return [];
    }
    if (this.#wasRead) this.counters.resets += 1;
    this.#wasRead = true;
    this.#state = { name: "unwatched", at: now, revision: reply.revision };
    return [{ type: "reset", entries: reply.entries.filter((entry) => this.#accept(entry)) }];
  }

  handleOpen(): void {
    if (this.#state.name !== "opening") return;
    this.#delay.reset();
    this.#state = { name: "watching", revision: this.#state.revision };
  }

  handleEvents(events: readonly StoreEvent[], revision: number): PrefixEvent[] {
    const state = this.#state;
    // What is not newer was told before.
    if (state.name !== "watching" || revision <= state.revision) return [];
    this.#state = { name: "watching", revision };
    return events.flatMap((event) => this.#translate(event));
  }

  /** `random`: 0 to 1. */
  handleEnd(reason: WatchEnd, now: Instant, random: number): void {
    const state = this.#state;
    if (state.name !== "opening" && state.name !== "watching") return;
    this.counters.watchesBroken += 1;
    const at = after(now, this.#delay.next(random));
    this.#state = reason === "compacted" ? { name: "unread", at } : { name: "unwatched", at, revision: state.revision };
  }

  #translate({ type, key, value }: StoreEvent): PrefixEvent[] {
    if (type === "put" && this.#accept({ key, value })) return [{ type, key, value }];
    return isRegistryKey(key) ? [{ type: "delete", key }] : [];
  }

  #accept({ key, value }: RegistryEntry): boolean {
    if (!isRegistryKey(key)) {
      this.counters.ignoredKeys += 1;
      return false;
    }
    if (value.byteLength <= REGISTRY.maxValueBytes) return true;
    this.counters.ignoredValues += 1;
    return false;
  }
}
