import { readStamp, sharedNowUs } from "./stamp.js";

/** What arrived in one process in the time that was asked for. */
export interface ArrivalCounts {
  readonly received: number;
  /** From the publisher's send call to the receiver's callback, of the first packets. */
  readonly delaysUs: Float64Array;
}

/** One subscriber's packets of several seconds. */
const MAX_SAMPLES = 50_000;

/** Counts the packets of all subscribers of one process that were sent in one span of time, and how long they took. */
export class Arrivals {
  readonly #delaysUs = new Float64Array(MAX_SAMPLES);
  #samples = 0;
  #fromUs = Number.POSITIVE_INFINITY;
  #untilUs = Number.POSITIVE_INFINITY;
  #received = 0;
  /** By each subscriber: whether it has received anything. */
  readonly #isHeardBy: boolean[] = [];

  addSubscriber(): number {
    this.#isHeardBy.push(false);
    return this.#isHeardBy.length - 1;
  }

  /** Subscribers that have not received anything yet. */
  get silent(): number {
    return this.#isHeardBy.filter((isHeard) => !isHeard).length;
  }

  /** Forgets the last span. */
  countBetween(fromUs: number, untilUs: number): void {
    this.#fromUs = fromUs;
    this.#untilUs = untilUs;
    this.#samples = 0;
    this.#received = 0;
  }

  handlePacket(subscriber: number, packet: Buffer): void {
    const sentUs = readStamp(packet);
    if (sentUs === undefined) return;
    this.#isHeardBy[subscriber] = true;
    if (sentUs < this.#fromUs || sentUs >= this.#untilUs) return;
    this.#received += 1;
    if (this.#samples < MAX_SAMPLES) this.#delaysUs[this.#samples++] = sharedNowUs() - sentUs;
  }

  counts(): ArrivalCounts {
    return { received: this.#received, delaysUs: this.#delaysUs.slice(0, this.#samples) };
  }
}
