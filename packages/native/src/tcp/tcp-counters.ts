/** Totals of one TcpPort. */
export interface TcpCounters {
  acceptedConnections: number;
  acceptErrors: number;
  /** The port has as many as it may. */
  refusedFull: number;
  /** Too many from one network that have proven nothing. */
  refusedNetwork: number;
  /** A second one from the same address and port, or one whose address is of no use. */
  refusedAddress: number;
  /** Closed because nothing authentic came in time. */
  closedUnproven: number;
  /** The oldest that had proven nothing, closed to make room. */
  closedDisplaced: number;
  /** Closed because a frame was longer than any packet: another protocol, or damage. */
  closedFrameTooLong: number;
  /** Closed because of too many frames without an authentic one. */
  closedOverRate: number;
  receivedFrames: number;
  /** Longer than MAX_RTP_BYTES. */
  droppedTooLong: number;
  droppedEmpty: number;
  /** The core holds every slot of the pool. */
  droppedNoSlot: number;
  sentFrames: number;
  /** The reader is too slow: video first. */
  droppedQueueFull: number;
  /** Committed to a connection that has ended. */
  droppedUnknownAddress: number;
}

export function createTcpCounters(): TcpCounters {
  return {
    acceptedConnections: 0,
    acceptErrors: 0,
    refusedFull: 0,
    refusedNetwork: 0,
    refusedAddress: 0,
    closedUnproven: 0,
    closedDisplaced: 0,
    closedFrameTooLong: 0,
    closedOverRate: 0,
    receivedFrames: 0,
    droppedTooLong: 0,
    droppedEmpty: 0,
    droppedNoSlot: 0,
    sentFrames: 0,
    droppedQueueFull: 0,
    droppedUnknownAddress: 0,
  };
}
