import { TokenBucket } from "../router/token-bucket.js";
import type { Instant } from "../time/instant.js";
import type { DropCounters } from "./drop-counters.js";

/** Datagrams a second that are looked at from one peer, and how many at once, by what they cost. */
const LIMITS = {
  /**
   * SRTP: ten times a 20 Mbit/s screen with its audio. Beyond it one publisher would use up the worker that other rooms share.
   */
  media: { perSecond: 20_000, burst: 4000 },
  /** RTCP, STUN and the DTLS handshake, which cost more each: feedback on a hundred streams needs a few hundred. */
  control: { perSecond: 1000, burst: 500 },
  /** DTLS once it is up, which carries data channels: 6 MB/s. Our window of 1 MiB is 950 packets, and may be opened twice at once. */
  data: { perSecond: 5000, burst: 2000 },
} as const;

/** How much of one peer's traffic is looked at; the rest is dropped and counted. */
export class PeerBudget {
  readonly media = new TokenBucket(LIMITS.media.perSecond, LIMITS.media.burst);
  readonly control = new TokenBucket(LIMITS.control.perSecond, LIMITS.control.burst);
  readonly data = new TokenBucket(LIMITS.data.perSecond, LIMITS.data.burst);
  readonly #drops: DropCounters;

  constructor(drops: DropCounters) {
    this.#drops = drops;
  }

  /** `bucket`: one of these three. */
  admit(bucket: TokenBucket, now: Instant): boolean {
    const isAdmitted = bucket.take(1, now);
    if (!isAdmitted) this.#drops.overRate++;
    return isAdmitted;
  }
}
