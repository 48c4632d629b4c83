/** A Consumer as its Producer and its Outlet know it. */
export interface PacketReceiver {
  readonly outlet: PacketQueue;
  /** The Producer's next packet does not continue the last: another RTP stream, or the end of a pause. */
  handleDiscontinuity(): void;
  /** Sends what waits in the Producer. */
  sendPending(): void;
}

/** An Outlet as the Router knows it: receivers queue, then send one after the other. */
export interface PacketQueue {
  /** True when it is the first of this batch. */
  enqueue(receiver: PacketReceiver): boolean;
  drain(): void;
}
