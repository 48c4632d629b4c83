import type { BusChannel } from "./channel.js";

/** A message as its subscriber gets it: authentic, of a current session, not heard before, and not expired. */
export interface BusMessage {
  readonly channel: BusChannel;
  /** Id of the node that published it. */
  readonly sender: string;
  /** The sender's session: higher after each of its starts. */
  readonly epoch: number;
  /** Grows with each message of the session, over all channels. */
  readonly sequence: number;
  readonly payload: Uint8Array;
}

/** Why a channel's subscriber may not have heard everything. */
export type BusGapCause =
  /** The subscription stands from now on. */
  | "subscribed"
  /** The broker was away, or had cut us off. */
  | "reconnected"
  /** Numbers are missing in what a sender said. */
  | "missing"
  /** A sender has begun a new session. */
  | "restarted"
  /** A message came too late, found no room, or its handler failed. */
  | "dropped";

/**
 * Something of a channel may be missing: take a snapshot of what it tells of. `sender` is undefined when it may be anybody's. Gaps that
 * come together are told once, so the cause is the last one's.
 */
export interface BusGap {
  readonly channel: BusChannel;
  readonly sender: string | undefined;
  readonly cause: BusGapCause;
}

/** Who listens to a channel. */
export interface BusSubscriber {
  /**
   * Messages of one sender come in order, the next when this has ended. What it throws is a failure: the message comes again after a
   * delay, a few times, so handling one twice must be harmless. A promise that does not settle in `handlerTimeoutMs` counts as one.
   */
  handleMessage(message: BusMessage): void | Promise<void>;
  /** Must not throw; comes before whatever is handled after the gap. */
  handleGap(gap: BusGap): void;
}
