import type { DataRates, Instant } from "@sluice/media";
import { SluiceError } from "@sluice/protocol";

/**
 * [RM57] What one participant may send. The worker takes no more from its channels, so that a sender is slowed before it comes to a
 * refusal here; what else there is comes by requests.
 */
export const PARTICIPANT_DATA_RATES: DataRates = { messagesPerSecond: 1_000, bytesPerSecond: 4 * 1024 * 1024 };

/**
 * [RM57] What one room may hand out, each receiver of a message counted: a core sends about twice as many messages when it does
 * nothing else, and it has media to carry.
 */
export const ROOM_DATA_RATES: DataRates = { messagesPerSecond: 50_000, bytesPerSecond: 64 * 1024 * 1024 };

/**
 * Bounds messages and bytes per second; a second's worth may come at once. A message passes as long as anything is left of both,
 * and may leave a debt that is paid before the next one passes: so a message larger than the burst is slow, not impossible.
 */
export class DataBudget {
  readonly #rates: DataRates;
  #messages: number;
  #bytes: number;
  #filledAt: Instant | undefined;

  constructor(rates: DataRates) {
    this.#rates = rates;
    this.#messages = rates.messagesPerSecond;
    this.#bytes = rates.bytesPerSecond;
  }

  /** Throws SluiceError `resourceExhausted` when there is nothing left now; `who` says whose budget it is. */
  check(who: string, now: Instant): void {
    this.#fill(now);
    const { messagesPerSecond, bytesPerSecond } = this.#rates;
    if (this.#messages < 1) throw new SluiceError("resourceExhausted", `${who} more than ${messagesPerSecond} messages/s`);
    if (this.#bytes < 1) throw new SluiceError("resourceExhausted", `${who} more than ${bytesPerSecond} bytes/s`);
  }

  /** After {@link check}. */
  charge(messages: number, bytes: number): void {
    this.#messages -= messages;
    this.#bytes -= bytes;
  }

  #fill(now: Instant): void {
    const { messagesPerSecond, bytesPerSecond } = this.#rates;
    const seconds = (now - (this.#filledAt ?? now)) / 1_000_000;
    this.#filledAt = now;
    this.#messages = Math.min(messagesPerSecond, this.#messages + seconds * messagesPerSecond);
    this.#bytes = Math.min(bytesPerSecond, this.#bytes + seconds * bytesPerSecond);
  }
}
