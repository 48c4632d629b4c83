import type { Instant } from "@sluice/media";
import { SluiceError } from "@sluice/protocol";
import { TokenBucket } from "../upgrade/token-bucket.js";

/** Who was not heard for longest is forgotten first, and has a whole burst again. */
export const MAX_REMEMBERED_IPS = 10_000;
/** What so many seconds allow may come at once, s. */
const BURST_SECONDS = 2;

/** How often each address asks: there is no connection whose requests could be counted. */
export class RatesByIp {
  readonly #ratePerSecond: number;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(ratePerSecond: number) {
    this.#ratePerSecond = ratePerSecond;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** Throws SluiceError `resourceExhausted`. */
  take(ip: string, cost: number, now: Instant): void {
    const rate = this.#ratePerSecond;
    const bucket = this.#buckets.get(ip) ?? new TokenBucket(rate, rate * BURST_SECONDS, now);
    this.#buckets.delete(ip);
    this.#buckets.set(ip, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > MAX_REMEMBERED_IPS && oldest !== undefined) this.#buckets.delete(oldest);
    if (!bucket.take(now, cost)) throw new SluiceError("resourceExhausted", `more than ${rate} requests per second`);
  }
}
