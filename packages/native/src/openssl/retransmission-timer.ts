import { after, type Instant } from "@sluice/media";

/** First retransmission of a flight. RFC 6347 §4.2.4.1 says 1 s; browsers are a round trip away, and a call waits for this. */
export const FIRST_DELAY_MS = 100;
/** No delay is longer, or half the packets lost would make a handshake take 20 s. OpenSSL gives up after 12 of them, 10.5 s. */
export const MAX_DELAY_MS = 1000;

/** When a flight is sent again: {@link FIRST_DELAY_MS} after it was sent, then twice as long each time. */
export interface RetransmissionTimer {
  pollTimeout(): Instant | undefined;
  /**
   * Answers OpenSSL's DTLS_set_timer_cb: the next delay in µs, after one of `previousUs` (0: a new flight begins). `written`:
   * bytes that stand in the output by now.
   */
  delayUs(previousUs: number, written: number): number;
  /** False when OpenSSL need not be asked yet. */
  isDue(now: Instant, pollRemainingUs: () => number | undefined): boolean;
  /** Takes all that OpenSSL wrote during one call and gives what is to be sent of it. */
  filter(output: Uint8Array): Uint8Array;
  /** After each input: what remains of OpenSSL's timer, undefined when it is not running. */
  update(now: Instant, remainingUs: number | undefined): void;
}

/** The schedule in production: OpenSSL's own timer, which reads the wall clock itself. */
export class WallClockTimer implements RetransmissionTimer {
  #deadline: Instant | undefined;

  pollTimeout(): Instant | undefined {
    return this.#deadline;
  }

  delayUs(previousUs: number): number {
    return previousUs === 0 ? FIRST_DELAY_MS * 1000 : Math.min(previousUs * 2, MAX_DELAY_MS * 1000);
  }

  isDue(now: Instant): boolean {
    return this.#deadline !== undefined && now >= this.#deadline;
  }

  filter(output: Uint8Array): Uint8Array {
    return output;
  }

  /** At least 1 ms ahead, so that no disagreement of the clocks makes a busy loop; at most one delay, should the wall clock jump. */
  update(now: Instant, remainingUs: number | undefined): void {
    const delayMs = remainingUs === undefined ? undefined : Math.ceil(remainingUs / 1000);
    this.#deadline = delayMs === undefined ? undefined : after(now, Math.min(Math.max(delayMs, 1), MAX_DELAY_MS));
  }
}
