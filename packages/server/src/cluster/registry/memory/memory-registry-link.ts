import type { Clock } from "../../../session/clock.js";
import { REGISTRY } from "../registry.js";
import type { RegistryStore, StoreReply, StoreRequest, WatchEnd, WatchSink } from "../registry-store.js";

/** What of a link does not get through: nothing; what the node sends; what it is to hear; either. */
export type Partition = "none" | "requests" | "replies" | "both";

/** What a link needs of the store, which knows the link. */
interface Store {
  readonly isRunning: boolean;
  serve(request: StoreRequest): StoreReply;
  openWatch(watch: StoreWatch, revision: number): boolean;
  closeWatch(watch: StoreWatch): void;
}

interface StoreWatch {
  readonly prefix: string;
  handleEvents: WatchSink["handleEvents"];
  handleEnd(reason: WatchEnd, message: string): void;
}

interface LinkWatch {
  readonly stored: StoreWatch;
  /** Tells the sink that the link is broken, a while after it was. */
  handleBroken(): void;
}

/** One node's way to a `MemoryRegistryStore`, which a test may cut, in either direction. */
export class MemoryRegistryLink implements RegistryStore {
  readonly name = "the memory registry";
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #latencyMs: number;
  readonly #watches = new Set<LinkWatch>();
  #partition: Partition = "none";
  #isClosed = false;

  constructor(store: Store, clock: Clock, latencyMs: number) {
    this.#store = store;
    this.#clock = clock;
    this.#latencyMs = latencyMs;
  }

  /** Watches break at once in the store, and for the node when it would have noticed. */
  partition(partition: Partition): void {
    this.#partition = partition;
    if (partition === "none") return;
    for (const watch of this.#watches) {
      this.#store.closeWatch(watch.stored);
      this.#clock.schedule(REGISTRY.requestTimeoutMs, () => watch.handleBroken());
    }
  }

  request(request: StoreRequest, onReply: (reply: StoreReply) => void): void {
    let isAnswered = false;
    const answer = (reply: StoreReply) => {
      if (isAnswered || this.#isClosed) return;
      isAnswered = true;
      cancelTimeout();
      onReply(reply);
    };
    const cancelTimeout = this.#clock.schedule(REGISTRY.requestTimeoutMs, () =>
      answer({ type: "unavailable", message: "no answer" }),
    );
    this.#clock.schedule(this.#latencyMs, () => {
      if (!this.#isOpenFor("requests")) return;
      const reply: StoreReply = this.#store.isRunning
        ? this.#store.serve(request)
        : { type: "unavailable", message: "the store has stopped" };
      this.#clock.schedule(this.#latencyMs, () => this.#isOpenFor("replies") && answer(reply));
    });
  }

  watch(prefix: string, revision: number, sink: WatchSink): () => void {
    const state: { current: "opening" | "open" | "ended" } = { current: "opening" };
    const tell = (run: () => void) => {
      this.#clock.schedule(this.#latencyMs, () => {
        if (state.current !== "ended" && this.#isOpenFor("replies")) run();
      });
    };
    const end = (reason: WatchEnd, message: string) => {
      if (state.current === "ended" || this.#isClosed) return;
      state.current = "ended";
      this.#drop(watch);
      sink.handleEnd(reason, message);
    };
    const watch: LinkWatch = {
      stored: {
        prefix,
        handleEvents: (events, at) => tell(() => sink.handleEvents(events, at)),
        handleEnd: (reason, message) => tell(() => end(reason, message)),
      },
      handleBroken: () => end("unavailable", "no answer"),
    };
    const open = () => {
      if (state.current === "ended" || !this.#isOpenFor("requests")) return;
      if (!this.#store.isRunning) return tell(() => end("unavailable", "the store has stopped"));
      tell(() => {
        state.current = "open";
        sink.handleOpen();
      });
      if (!this.#store.openWatch(watch.stored, revision)) tell(() => end("compacted", "the revision is not there"));
    };
    this.#watches.add(watch);
    this.#clock.schedule(this.#latencyMs, open);
    this.#clock.schedule(REGISTRY.requestTimeoutMs, () => state.current === "opening" && end("unavailable", "no answer"));
    return () => {
      state.current = "ended";
      this.#drop(watch);
    };
  }

  close(): void {
    this.#isClosed = true;
    for (const watch of this.#watches) this.#drop(watch);
  }

  #drop(watch: LinkWatch): void {
    this.#watches.delete(watch);
    this.#store.closeWatch(watch.stored);
  }

  #isOpenFor(direction: "requests" | "replies"): boolean {
    return !this.#isClosed && this.#partition !== "both" && this.#partition !== direction;
  }
}
