/** What strangers and slow readers can make a worker hold (attack 13). */
export interface TcpLimits {
  /** Connections of one worker. Count, default 4,096, range 1–65,536. */
  readonly maxConnections: number;
  /** Connections that have not proven yet whose they are. Count, default 1,024: the oldest makes room for a new one. */
  readonly maxUnproven: number;
  /** Of those, from one IPv4 address or IPv6 /64. Count, default 64: an office behind one address joins a few at a time. */
  readonly maxUnprovenPerNetwork: number;
  /** How long a connection may take to bring an authentic check, or stay without a Transport. Milliseconds, default 10,000. */
  readonly unprovenTimeoutMs: number;
  /** Frames of a connection that has brought no authentic check. Count, default 256: libwebrtc checks every 50 ms and less often. */
  readonly maxUnprovenFrames: number;
  /** What waits for a slow reader before video is dropped; urgent packets are from twice as much. Bytes, default 262,144. */
  readonly maxQueuedBytes: number;
}

export const TCP_LIMITS: TcpLimits = {
  maxConnections: 4_096,
  maxUnproven: 1_024,
  maxUnprovenPerNetwork: 64,
  unprovenTimeoutMs: 10_000,
  maxUnprovenFrames: 256,
  maxQueuedBytes: 262_144,
};
