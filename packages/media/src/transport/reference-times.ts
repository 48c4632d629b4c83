import type { ReferenceTime, ReferenceTimeDelay } from "../rtcp/extended-report.js";
import { elapsedMs, type Instant } from "../time/instant.js";

/** SSRCs of one peer whose reference times are remembered. A browser uses one for each stream it receives. */
export const MAX_REFERENCE_TIMES = 64;

/** The peer's reference times that it has not been told the age of yet (RFC 3611 §4.4, §4.5). */
export class ReferenceTimes {
  readonly #heard = new Map<number, { readonly middle: number; readonly at: Instant }>();

  /** Beyond {@link MAX_REFERENCE_TIMES} in one report interval the rest is not answered. */
  handleReferenceTime(ssrc: number, { ntpSeconds, ntpFraction }: ReferenceTime, now: Instant): void {
    if (this.#heard.size >= MAX_REFERENCE_TIMES && !this.#heard.has(ssrc)) return;
    // As LSR has it (RFC 3550 §6.4.1), cut out of the wire form so that the peer finds the very bits it sent.
    this.#heard.set(ssrc, { middle: (((ntpSeconds & 0xffff) << 16) | (ntpFraction >>> 16)) >>> 0, at: now });
  }

  /** What to tell the peer, once. */
  takeDelays(now: Instant): readonly ReferenceTimeDelay[] {
    const delays = [...this.#heard].map(([ssrc, { middle, at }]) => {
      const delaySinceLast = Math.floor((elapsedMs(at, now) * 65_536) / 1000) >>> 0;
      return { ssrc, lastReferenceTime: middle, delaySinceLast };
    });
    this.#heard.clear();
    return delays;
  }
}
