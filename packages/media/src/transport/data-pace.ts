import { after, type Instant } from "../time/instant.js";

/** How fast data messages of one peer are taken. */
export interface DataRates {
  readonly messagesPerSecond: number;
  readonly bytesPerSecond: number;
}

/** What may come at once, as a time at the full rate, ms. */
const BURST_MS = 250;

/**
 * Says when the next data message of a peer may be taken. Until then messages stay in its association, whose window closes: a fast
 * sender is slowed and loses nothing, and a flood of small messages costs no more than its rate.
 */
export class DataPace {
  readonly #rates: DataRates;
  /** When all that was taken would have come at the full rate. */
  #paidAt: Instant | undefined;

  constructor(rates: DataRates) {
    this.#rates = rates;
  }

  /** undefined: at once. */
  nextAt(now: Instant): Instant | undefined {
    if (this.#paidAt === undefined) return undefined;
    const at = after(this.#paidAt, -BURST_MS);
    return at > now ? at : undefined;
  }

  handleMessage(payloadBytes: number, now: Instant): void {
    const { messagesPerSecond, bytesPerSecond } = this.#rates;
    const costMs = 1000 * Math.max(1 / messagesPerSecond, payloadBytes / bytesPerSecond);
    const from = this.#paidAt === undefined || this.#paidAt < now ? now : this.#paidAt;
    this.#paidAt = after(from, costMs);
  }
}
