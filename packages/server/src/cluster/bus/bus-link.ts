/** Whether the broker can be reached. */
export type LinkState =
  /** Not yet, for the first time. */
  | { readonly type: "connecting" }
  | { readonly type: "connected" }
  /** No more; it is tried again by itself. `cause`: for the log, without secrets. */
  | { readonly type: "interrupted"; readonly cause: string }
  | { readonly type: "closed" };

/** Whom a link tells what happens; it never calls from within a call of its owner. */
export interface LinkOwner {
  /** Everything that is subscribed to stands (again). */
  handleConnected(): void;
  /** What was not accepted by now may be lost, and so may be what others said. Comes once until the next {@link handleConnected}. */
  handleInterrupted(cause: string): void;
  /** A subscription that was made while connected stands. */
  handleSubscribed(channel: string): void;
  /** The broker has the oldest message that it had not. */
  handleAccepted(): void;
  handleBytes(channel: string, bytes: Uint8Array): void;
}

/**
 * One node's way to the broker: bytes to everybody who listens to a channel. Keeps nothing that it could lose without saying so, and
 * promises nothing beyond that: order, authenticity and doubles are its owner's business. Adapters: `MemoryLink`, `RedisLink`.
 */
export interface BusLink {
  readonly state: LinkState;
  /**
   * Connects. `wait` false: rejects with a `SluiceError` `unavailable` when the broker cannot be reached now; true: keeps trying and
   * resolves when it was.
   */
  open(owner: LinkOwner, wait: boolean): Promise<void>;
  /** Only when connected; accepted in the order of the calls. */
  publish(channel: string, bytes: Uint8Array): void;
  /** Remembered and made again after each interruption. Twice is once. */
  subscribe(channel: string): void;
  unsubscribe(channel: string): void;
  /** Nothing is told to the owner afterwards. */
  close(): Promise<void>;
}
