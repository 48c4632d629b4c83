import type { Instant } from "../time/instant.js";
import type { ReceiveStream } from "./receive-stream.js";

/** A Consumer as its Producer and its Outlet know it. */
export interface PacketReceiver {
  readonly outlet: PacketQueue;
  /** The stream's next packet does not continue its last: there is none any more, or something was left out. */
  handleDiscontinuity(stream: ReceiveStream): void;
  /** Whether it sends this stream's packets, or wants to. */
  isWatching(stream: ReceiveStream): boolean;
  /** What it sends begins with a key frame, so there should be one. */
  requestKeyFrame(now: Instant): void;
  /** The Producer is paused: nothing comes until {@link handleDiscontinuity}. */
  handleProducerPaused(now: Instant): void;
  /** Sends what waits in the Producer. */
  sendPending(): void;
}

/** An Outlet as the Router knows it: receivers queue, then send one after the other. */
export interface PacketQueue {
  /** True when it is the first of this batch. */
  enqueue(receiver: PacketReceiver): boolean;
  /** `now`: when what is sent leaves. */
  drain(now: Instant): void;
}
