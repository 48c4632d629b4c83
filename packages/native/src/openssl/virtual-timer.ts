import { after, type DtlsRole, type Instant } from "@sluice/media";
import { CONTENT_TYPE, recordLength } from "./dtls-records.js";
import { FIRST_DELAY_MS, MAX_DELAY_MS, type RetransmissionTimer } from "./retransmission-timer.js";

/** OpenSSL takes anything under 15 ms to be over, so its timer runs out 3 ms of real time after it was set. */
const OPENSSL_DELAY_US = 18_000;
const OPENSSL_GRANULARITY_US = 15_000;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/**
 * The schedule of retransmissions on `now` alone, for tests in virtual time.
 *
 * OpenSSL cannot be told the time. So its own timer is kept as short as it goes, {@link isDue} waits, really and for at most
 * 3 ms, until OpenSSL agrees that it is over, and {@link filter} takes out what OpenSSL retransmits of itself because its timer
 * ran out, in real time, before a datagram came in. Never in production: it blocks.
 */
export class VirtualTimer implements RetransmissionTimer {
  readonly #role: DtlsRole;
  #deadline: Instant | undefined;
  #delayMs = FIRST_DELAY_MS;
  #isRetransmitting = false;
  #isNewFlight = false;
  /** Where in the present output a flight begins, and where a repetition that nobody asked for. */
  #marks: { readonly type: "flight" | "repetition"; readonly at: number }[] = [];

  constructor(role: DtlsRole) {
    this.#role = role;
  }

  pollTimeout(): Instant | undefined {
    return this.#deadline;
  }

  delayUs(previousUs: number, written: number): number {
    if (previousUs === 0) {
      this.#isNewFlight = true;
      this.#marks.push({ type: "flight", at: written });
    } else if (!this.#isRetransmitting) {
      this.#marks.push({ type: "repetition", at: written });
    }
    return OPENSSL_DELAY_US;
  }

  isDue(now: Instant, pollRemainingUs: () => number | undefined): boolean {
    if (this.#deadline === undefined || now < this.#deadline) return false;
    this.#isRetransmitting = true;
    const remainingUs = pollRemainingUs() ?? 0;
    // OpenSSL answers 0 as soon as less than its granularity remains.
    if (remainingUs > 0) Atomics.wait(sleeper, 0, 0, Math.max(remainingUs - OPENSSL_GRANULARITY_US, 0) / 1000 + 0.2);
    return true;
  }

  filter(output: Uint8Array): Uint8Array {
    if (this.#marks.length === 0) return output;
    const kept: Uint8Array[] = [];
    let isWanted = true;
    let offset = 0;
    for (let length = recordLength(output, 0); length !== undefined; length = recordLength(output, offset)) {
      for (const { type } of this.#marks.filter(({ at }) => at === offset)) isWanted = type === "flight";
      isWanted ||= this.#isUntimed(output[offset]);
      if (isWanted) kept.push(output.subarray(offset, offset + length));
      offset += length;
    }
    this.#marks = [];
    return new Uint8Array(kept.flatMap((record) => [...record]));
  }

  /** True for what begins without OpenSSL starting its timer, and so leaves no mark: an alert, and the server's last flight. */
  #isUntimed(contentType: number | undefined): boolean {
    return contentType === CONTENT_TYPE.alert || (contentType === CONTENT_TYPE.changeCipherSpec && this.#role === "server");
  }

  update(now: Instant, remainingUs: number | undefined): void {
    if (remainingUs === undefined) {
      this.#deadline = undefined;
    } else if (this.#isNewFlight) {
      this.#delayMs = FIRST_DELAY_MS;
      this.#deadline = after(now, this.#delayMs);
    } else if (this.#isRetransmitting) {
      this.#delayMs = Math.min(this.#delayMs * 2, MAX_DELAY_MS);
      this.#deadline = after(now, this.#delayMs);
    }
    this.#isNewFlight = false;
    this.#isRetransmitting = false;
  }
}
