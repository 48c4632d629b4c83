/** What is sent again to a receiver, and what is not (RFC 4585 §6.2.1). */
export const RETRANSMISSION = {
  /** Assumed round trip before the first report, ms (mediasoup: 100). */
  defaultRoundTripMs: 100,
  /** Shortest time between two resendings of a packet, ms, whatever round trip the receiver claims. */
  minIntervalMs: 10,
  /**
   * A packet is sent again up to one round trip and this long after it was first sent, ms: a receiver that still waits then
   * shows a frozen picture, and a key frame helps more. Configurable (rtc.retransmission-ttl-ms).
   */
  defaultTtlMs: 200,
  /**
   * On a path with a longer round trip than this, ms, the time to live grows in proportion: the second request for a packet
   * arrives two round trips and a grace after it was sent, and would else always come too late.
   */
  ttlRoundTripMs: 150,
  /**
   * Resendings of one packet (LiveKit: 3). At 20 % loss three leave one packet in 600 missing, a frozen picture every few
   * seconds; five leave one in 16,000.
   */
  maxResendings: 5,
  /** Bytes a second sent again to one receiver: the losses of 10 % of 80 Mbit/s. */
  maxBytesPerSecond: 1_000_000,
  /** What may be sent again at once after a quiet time, in bytes: the losses of a second at 2 Mbit/s. */
  maxBurstBytes: 250_000,
  /** Of that, what a receiver may ask for before it has been sent as much media. */
  freeBytes: 64_000,
  /**
   * A PLI says that the decoder waits for a key frame, so packets from before it are not sent again until it comes (LiveKit
   * #440), or until this long has passed without one, ms.
   */
  keyFrameGuardMs: 1000,
} as const;
