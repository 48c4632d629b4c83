/** Stretches of constant offset that are remembered for retransmission requests. */
const MAX_SEGMENTS = 16;

/**
 * Maps a Producer's extended sequence numbers to the ones a Consumer sends, without gaps where packets were left out on
 * purpose (a pause, a change of stream), and back again for retransmissions.
 *
 * Sent numbers start below 2^15 whatever the Producer's are, so that the receiver's rollover counter starts at 0 as ours does
 * and an early loss cannot hide a wrap (RFC 3711 §3.3.1).
 */
export class SequenceTranslator {
  /** First sent number of each segment, oldest first, and what to add to a received number there. */
  readonly #starts: Float64Array = new Float64Array(MAX_SEGMENTS);
  readonly #offsets: Float64Array = new Float64Array(MAX_SEGMENTS);
  #segments = 0;
  #highestSent = -1;

  /** Highest number sent so far; -1 before the first. */
  get highestSent(): number {
    return this.#highestSent;
  }

  /** Makes `received` the successor of everything sent so far: begin of a segment. */
  begin(received: number): void {
    const start = this.#highestSent === -1 ? received & 0x7fff : this.#highestSent + 1;
    if (this.#segments === MAX_SEGMENTS) {
      this.#starts.copyWithin(0, 1);
      this.#offsets.copyWithin(0, 1);
      this.#segments--;
    }
    this.#starts[this.#segments] = start;
    this.#offsets[this.#segments] = start - received;
    this.#segments++;
  }

  /** The number to send `received` with, or -1 when it belongs before the current segment. */
  translate(received: number): number {
    const last = this.#segments - 1;
    if (last < 0) return -1;
    const sent = received + (this.#offsets[last] as number);
    if (sent < (this.#starts[last] as number)) return -1;
    if (sent > this.#highestSent) this.#highestSent = sent;
    return sent;
  }

  /** What {@link translate} gave for `received`, or -1 when it was never sent or is forgotten. Changes nothing. */
  receivedFor(sent: number): number {
    if (sent > this.#highestSent) return -1;
    for (let index = this.#segments - 1; index >= 0; index--) {
      if (sent >= (this.#starts[index] as number)) return sent - (this.#offsets[index] as number);
    }
    return -1;
  }

  /** The extended number nearest to {@link highestSent} that has these low 16 bits; -1 before the first packet. */
  extend(sequenceNumber: number): number {
    if (this.#highestSent === -1) return -1;
    let difference = (sequenceNumber - this.#highestSent) & 0xffff;
    if (difference > 0x7fff) difference -= 0x10000;
    return this.#highestSent + difference;
  }
}
