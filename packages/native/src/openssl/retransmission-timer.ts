import { after, type Instant } from "@sluice/media";

/** First retransmission of a flight. RFC 6347 §4.2.4.1 says 1 s; browsers are a round trip away, and a call waits for this. */
const FIRST_DELAY_MS = 100;
/** No delay is longer, or half the packets lost would make a handshake take 20 s. OpenSSL gives up after 12 of them, 10.5 s. */
const MAX_DELAY_MS = 1000;

/** When a flight is sent again: {@link FIRST_DELAY_MS} after it was sent, then twice as long each time. */
export interface RetransmissionTimer {
  pollTimeout(): Instant | undefined;
  /** Answers OpenSSL's DTLS_set_timer_cb: the next delay in µs, after one of `previousUs` (0: a new flight). */
  delayUs(previousUs: number): number;
  /** After each call into OpenSSL: what remains of its timer, undefined when it is not running. */
  update(now: Instant, remainingUs: number | undefined): void;
  /** False when OpenSSL need not be asked yet. */
  isDue(now: Instant, pollRemainingUs: () => number | undefined): boolean;
  /** True when OpenSSL may retransmit of itself before it reads a datagram; what it sends then must be thrown away. */
  readonly muted: boolean;
}

/** The schedule in production: OpenSSL's own timer, which reads the wall clock itself. */
export class WallClockTimer implements RetransmissionTimer {
  #deadline: Instant | undefined;
  readonly muted = false;

  pollTimeout(): Instant | undefined {
    return this.#deadline;
  }

  delayUs(previousUs: number): number {
    return previousUs === 0 ? FIRST_DELAY_MS * 1000 : Math.min(previousUs * 2, MAX_DELAY_MS * 1000);
  }

  /** At least 1 ms ahead, so that no disagreement of the clocks makes a busy loop; at most one delay, should the wall clock jump. */
  update(now: Instant, remainingUs: number | undefined): void {
    const delayMs = remainingUs === undefined ? undefined : Math.ceil(remainingUs / 1000);
    this.#deadline = delayMs === undefined ? undefined : after(now, Math.min(Math.max(delayMs, 1), MAX_DELAY_MS));
  }

  isDue(now: Instant): boolean {
    return this.#deadline !== undefined && now >= this.#deadline;
  }
}

/** OpenSSL takes anything under 15 ms to be over; this leaves 3 ms of real time in which it does not act of itself. */
const VIRTUAL_OPENSSL_DELAY_US = 18_000;
const OPENSSL_GRANULARITY_US = 15_000;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/**
 * The same schedule on `now` alone, for tests in virtual time. OpenSSL cannot be told the time, so its own timer is kept as
 * short as it goes and {@link isDue} waits, really and for at most 3 ms, until OpenSSL agrees that it is over. Never in
 * production: it blocks.
 */
export class VirtualTimer implements RetransmissionTimer {
  #deadline: Instant | undefined;
  #delayMs = FIRST_DELAY_MS;
  #isNewFlight = false;
  #isRetransmitting = false;
  readonly muted = true;

  pollTimeout(): Instant | undefined {
    return this.#deadline;
  }

  delayUs(previousUs: number): number {
    if (previousUs === 0) this.#isNewFlight = true;
    return VIRTUAL_OPENSSL_DELAY_US;
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

  isDue(now: Instant, pollRemainingUs: () => number | undefined): boolean {
    if (this.#deadline === undefined || now < this.#deadline) return false;
    this.#isRetransmitting = true;
    const remainingUs = pollRemainingUs() ?? 0;
    // OpenSSL answers 0 as soon as less than its granularity remains.
    if (remainingUs > 0) Atomics.wait(sleeper, 0, 0, Math.max(remainingUs - OPENSSL_GRANULARITY_US, 0) / 1000 + 0.2);
    return true;
  }
}
