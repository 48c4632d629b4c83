/** How long and how often one RTP stream's losses are asked for again. */
export interface NackLimits {
  /** Packets missing at a time, 1 or more; beyond that a key frame is the cheaper repair (libwebrtc and mediasoup: 1000). */
  readonly maxMissing: number;
  /** Requests for one packet before it is given up (libwebrtc and mediasoup: 10; LiveKit: 5). */
  readonly maxTries: number;
  /** Time after the loss was noticed when it is given up all the same, ms. */
  readonly maxAgeMs: number;
}

/** By the kind of media. */
export const NACK_LIMITS: { readonly audio: NackLimits; readonly video: NackLimits } = {
  /** No receiver waits longer than 2 s for a packet, and no subscriber could ask us for it after that. */
  video: { maxMissing: 1000, maxTries: 10, maxAgeMs: 2000 },
  /** A jitter buffer conceals what is not there after some 100 ms: two tries and one spare. 128 packets are 2.5 s. */
  audio: { maxMissing: 128, maxTries: 3, maxAgeMs: 300 },
};

/** When losses are asked for; the same for every stream. */
export const NACK_TIMING = {
  /** First request this long after the gap, ms: reordering on most paths is over within it (mediasoup: 10; JVB: 12). */
  minGraceMs: 10,
  /** On a path that reorders by more the grace follows it up to here, ms (LiveKit: 20). */
  maxGraceMs: 20,
  /** Share of the grace above what was observed to be enough. */
  graceMargin: 0.25,
  /** Share by which the grace falls back with every packet that proves lost, or reordered by less. */
  graceDecay: 1 / 16,
  /** While the round trip is unknown, ms (libwebrtc kDefaultRttMs). */
  defaultRttMs: 100,
  /** Time to the next request: the round trip, longer by this factor with each try (LiveKit: 1.25). */
  backOff: 1.25,
  /** That time is never shorter, ms (LiveKit: 20): the smoothed round trip may be behind. */
  minIntervalMs: 20,
  /** Nor longer, ms (LiveKit: 400): beyond it a receiver's buffer runs empty between two tries. */
  maxIntervalMs: 400,
} as const;

/** Time from request number `tries` (1 for the first) to the next one, ms. */
export function nackIntervalMs(rttMs: number, tries: number): number {
  const intervalMs = rttMs * NACK_TIMING.backOff ** (tries - 1);
  return Math.min(NACK_TIMING.maxIntervalMs, Math.max(NACK_TIMING.minIntervalMs, intervalMs));
}
