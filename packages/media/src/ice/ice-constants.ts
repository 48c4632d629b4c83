/** Every time and limit of both ICE roles, in one place. Tests and owners override single ones. */
export interface IceConstants {
  /**
   * Without an authenticated check or answer for this long, an address must not be sent to any more. Milliseconds, default
   * 30,000, range 10,000–60,000. RFC 7675 §5.1 (30 s); mediasoup takes the same range.
   */
  readonly consentTimeoutMs: number;
  /**
   * From creation until an address must have been found. Milliseconds, default 30,000, range 5,000–120,000. RFC 8445 §8.1.2
   * leaves it to the agent; libwebrtc gives up checking after about as long.
   */
  readonly connectTimeoutMs: number;
  /** Validated addresses a lite agent keeps for one peer. Count, default 8, range 2–32. mediasoup: 8. */
  readonly maxAddresses: number;
  /** Transaction ids a lite agent remembers, to tell a replayed check. Count, default 64, range 8–256; ours. */
  readonly maxRememberedTransactions: number;
  /** Pairs a controlling agent checks. Count, default 32, range 1–100. RFC 8445 §6.1.2.5 suggests at most 100. */
  readonly maxPairs: number;
  /** Ta, between the starts of two checks. Milliseconds, default 50, at least 5. RFC 8445 §14.2. */
  readonly checkPacingMs: number;
  /**
   * Before the first retransmission; doubles each time. Milliseconds, default 100, range 50–500. RFC 8445 §14.3 has 500: too
   * slow for live media, and our peer is an SFU with a public address, reached in one round trip or not at all.
   */
  readonly initialRtoMs: number;
  /** Rc: transmissions of one check. Count, default 7, range 1–10. RFC 8489 §6.2.1. */
  readonly maxTransmissions: number;
  /** Rm: how many initial RTOs to wait after the last transmission. Factor, default 16. RFC 8489 §6.2.1. */
  readonly finalWaitFactor: number;
  /**
   * After the first answer, how long a better pair may still answer before the best so far is nominated. Milliseconds, default
   * 200, range 0–2,000; RFC 8445 §8.1.1 leaves the stopping criterion to the agent.
   */
  readonly nominationWaitMs: number;
  /** Mean time between consent checks; each is drawn from 0.8–1.2 times it. Milliseconds, default 5,000. RFC 7675 §5.1. */
  readonly consentIntervalMs: number;
  /**
   * Before an unanswered consent check is repeated; doubles each time. Milliseconds, default 500, range 250–1,000. RFC 8489
   * §6.2.1. Without repeats, 20 % loss each way would end one call in four within ten minutes.
   */
  readonly consentRtoMs: number;
  /** Transmissions of one consent check; the last must leave before the next check may start. Count, default 4, range 1–4; ours. */
  readonly maxConsentTransmissions: number;
}

export const ICE_CONSTANTS: IceConstants = {
  consentTimeoutMs: 30_000,
  connectTimeoutMs: 30_000,
  maxAddresses: 8,
  maxRememberedTransactions: 64,
  maxPairs: 32,
  checkPacingMs: 50,
  initialRtoMs: 100,
  maxTransmissions: 7,
  finalWaitFactor: 16,
  nominationWaitMs: 200,
  consentIntervalMs: 5_000,
  consentRtoMs: 500,
  maxConsentTransmissions: 4,
};

/** Longest candidate attribute looked at, in characters. Real ones stay under 200. */
export const MAX_CANDIDATE_CHARS = 512;
