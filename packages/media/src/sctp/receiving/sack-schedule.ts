import { after, type Instant } from "../../time/instant.js";

/** When a SACK leaves (RFC 9260 §6.2): at once for every second packet and for anything unusual, otherwise a little later. */
export class SackSchedule {
  readonly #delayMs: number;
  #packets = 0;
  #isDue = false;
  #dueAt: Instant | undefined;

  constructor(delayMs: number) {
    this.#delayMs = delayMs;
  }

  /** There is something to acknowledge, now or later: a packet that leaves anyway may take it along. */
  get isPending(): boolean {
    return this.#isDue || this.#packets > 0;
  }

  isDue(now: Instant): boolean {
    return this.#isDue || (this.#dueAt !== undefined && this.#dueAt <= now);
  }

  pollTimeout(): Instant | undefined {
    return this.#dueAt;
  }

  /** A packet with DATA has been handled; `isUrgent`: a gap, a duplicate, a chunk without room, the I bit. */
  handlePacket(isUrgent: boolean, now: Instant): void {
    this.#packets++;
    if (isUrgent || this.#packets >= 2) this.#isDue = true;
    else this.#dueAt ??= after(now, this.#delayMs);
  }

  /** With the next packet, whatever has arrived. */
  handleUrgent(): void {
    this.#isDue = true;
  }

  handleSent(): void {
    this.#packets = 0;
    this.#isDue = false;
    this.#dueAt = undefined;
  }
}
