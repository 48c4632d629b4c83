import { earliest, type Instant } from "@sluice/media";
import { SluiceError } from "@sluice/protocol";
import type { Clock } from "../../session/clock.js";
import { DeadlineTimer } from "../../session/deadline-timer.js";
import { LeaseSession } from "./lease-session.js";
import { PrefixFeed } from "./prefix-feed.js";
import type { LeaseStatus, PrefixEvent, PrefixWatch, Registry, RegistryCounters } from "./registry.js";
import type { RegistryStore } from "./registry-store.js";

interface Watcher {
  readonly prefix: string;
  readonly feed: PrefixFeed;
  readonly listener: (event: PrefixEvent) => void;
  /** Ends the watch of the store, when there is one. */
  stop: (() => void) | undefined;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (message: string) => void;
  readonly cancelTimeout: () => void;
}

/** A {@link Registry} on any store: carries requests and replies between it and the machines that decide. */
export class StoreRegistry implements Registry {
  readonly #store: RegistryStore;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #session: LeaseSession;
  readonly #timer: DeadlineTimer;
  readonly #watchers = new Set<Watcher>();
  readonly #statusListeners: ((status: LeaseStatus) => void)[] = [];
  readonly #waiters = new Set<Waiter>();
  /** What watches that are closed have counted. */
  readonly #closedCounters = { requestsFailed: 0, watchesBroken: 0, resets: 0, ignoredKeys: 0, ignoredValues: 0 };
  #toldStatus: LeaseStatus = "connecting";
  /** What the store said of it. */
  #lastFailure: string | undefined;
  #closing: Promise<void> | undefined;

  /** `random`: 0 to 1. The registry closes the store with itself. */
  constructor(store: RegistryStore, clock: Clock, random: () => number) {
    this.#store = store;
    this.#clock = clock;
    this.#random = random;
    this.#session = new LeaseSession(clock.now());
    this.#timer = new DeadlineTimer(clock, () => this.#run());
    this.#run();
  }

  get leaseStatus(): LeaseStatus {
    return this.#session.status(this.#clock.now());
  }

  get isCurrent(): boolean {
    return [...this.#watchers].every(({ feed }) => feed.isCurrent);
  }

  get counters(): RegistryCounters {
    const counters = { ...this.#closedCounters, leasesLost: this.#session.counters.leasesLost };
    counters.requestsFailed += this.#session.counters.requestsFailed;
    for (const { feed } of this.#watchers) add(counters, feed.counters);
    return counters;
  }

  set(key: string, value: Uint8Array): void {
    this.#session.set(key, value);
    this.#run();
  }

  delete(key: string): void {
    this.#session.delete(key);
    this.#run();
  }

  watch(prefix: string, listener: (event: PrefixEvent) => void): PrefixWatch {
    const watcher: Watcher = { prefix, feed: new PrefixFeed(this.#clock.now()), listener, stop: undefined };
    this.#watchers.add(watcher);
    this.#run();
    return {
      get isCurrent() {
        return watcher.feed.isCurrent;
      },
      close: () => this.#closeWatcher(watcher),
    };
  }

  onLeaseStatus(listener: (status: LeaseStatus) => void): void {
    this.#statusListeners.push(listener);
  }

  ready(timeoutMs: number | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = () => {
        this.#waiters.delete(waiter);
        waiter.reject(`${this.#lastFailure ?? "no answer"} (tried for ${(timeoutMs ?? 0) / 1000} s)`);
      };
      const waiter: Waiter = {
        resolve,
        reject: (why) => reject(new SluiceError("unavailable", `${this.#store.name} cannot be reached: ${why}`)),
        cancelTimeout: timeoutMs === undefined ? () => undefined : this.#clock.schedule(timeoutMs, fail),
      };
      this.#waiters.add(waiter);
      this.#run();
    });
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      const revocation = this.#session.close();
      for (const watcher of [...this.#watchers]) this.#closeWatcher(watcher);
      this.#rejectWaiters();
      const finish = () => {
        this.#store.close();
        resolve();
      };
      this.#run();
      if (revocation === undefined) finish();
      else this.#store.request(revocation, finish);
    });
    return this.#closing;
  }

  /** Lets go of the store as a process does that is killed: what it wrote stays until its lease ends. */
  abandon(): void {
    this.#session.close();
    for (const watcher of [...this.#watchers]) this.#closeWatcher(watcher);
    this.#rejectWaiters();
    this.#run();
    this.#store.close();
  }

  /** Whatever has changed: sends what is due, tells what is new, and sets the next deadline. */
  #run(): void {
    const now = this.#clock.now();
    for (let request = this.#session.pollRequest(now); request !== undefined; request = this.#session.pollRequest(now)) {
      const sent = request;
      this.#store.request(sent, (reply) => {
        if (reply.type === "unavailable") this.#lastFailure = reply.message;
        this.#session.handleReply(sent, reply, this.#clock.now(), this.#random());
        this.#run();
      });
    }
    for (const watcher of this.#watchers) this.#feed(watcher, now);
    this.#tellStatus(now);
    this.#timer.set(this.#nextDeadline(now));
  }

  #feed(watcher: Watcher, now: Instant): void {
    const { feed, prefix } = watcher;
    const action = feed.pollAction(now);
    if (action?.type === "read") {
      this.#store.request({ type: "read", prefix }, (reply) => {
        this.#tell(watcher, feed.handleReply(reply, this.#clock.now(), this.#random()));
        this.#run();
      });
    } else if (action?.type === "watch") {
      watcher.stop = this.#store.watch(prefix, action.revision, {
        handleOpen: () => feed.handleOpen(),
        handleEvents: (events, revision) => this.#tell(watcher, feed.handleEvents(events, revision)),
        handleEnd: (reason) => {
          watcher.stop = undefined;
          feed.handleEnd(reason, this.#clock.now(), this.#random());
          this.#run();
        },
      });
    }
  }

  #tell(watcher: Watcher, events: readonly PrefixEvent[]): void {
    for (const event of events) if (this.#watchers.has(watcher)) watcher.listener(event);
  }

  #tellStatus(now: Instant): void {
    const status = this.#session.status(now);
    if (status !== this.#toldStatus) {
      this.#toldStatus = status;
      for (const listener of this.#statusListeners) listener(status);
    }
    if (!this.#session.isSettled(now)) return;
    for (const { resolve, cancelTimeout } of this.#waiters) {
      cancelTimeout();
      resolve();
    }
    this.#waiters.clear();
  }

  #rejectWaiters(): void {
    for (const { reject, cancelTimeout } of this.#waiters) {
      cancelTimeout();
      reject("it was given up");
    }
    this.#waiters.clear();
  }

  #nextDeadline(now: Instant): Instant | undefined {
    const { goodUntil } = this.#session;
    let next = earliest(this.#session.pollTimeout(), goodUntil !== undefined && goodUntil > now ? goodUntil : undefined);
    for (const { feed } of this.#watchers) next = earliest(next, feed.pollTimeout());
    return next;
  }

  #closeWatcher(watcher: Watcher): void {
    if (!this.#watchers.delete(watcher)) return;
    watcher.stop?.();
    add(this.#closedCounters, watcher.feed.counters);
  }
}

function add(total: Omit<RegistryCounters, "leasesLost">, counters: Omit<RegistryCounters, "leasesLost">): void {
  total.requestsFailed += counters.requestsFailed;
  total.watchesBroken += counters.watchesBroken;
  total.resets += counters.resets;
  total.ignoredKeys += counters.ignoredKeys;
  total.ignoredValues += counters.ignoredValues;
}
