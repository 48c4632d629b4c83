import { ArrivalQueue } from "./arrival-queue.js";
import { assertLinkParameters, DEFAULT_LINK_PARAMETERS, type LinkParameters } from "./link-parameters.js";
import { LossModel } from "./loss-model.js";
import { RandomGenerator } from "./random-generator.js";
import { TransmissionQueue } from "./transmission-queue.js";

/** What has become of the datagrams so far: `handled + duplicated = lost + overflowed + delivered + inFlight`. */
export interface LinkCounters {
  handled: number;
  /** Dropped by chance. */
  lost: number;
  /** Dropped because the queue before a link of limited rate was full. */
  overflowed: number;
  /** Held back so that later ones overtook them. */
  reordered: number;
  /** Second copies made. */
  duplicated: number;
  delivered: number;
  deliveredBytes: number;
}

/** Datagrams under way at most; more are counted as overflowed. Bounds a long delay on a link of unlimited rate. */
const MAX_IN_FLIGHT = 65_536;

/**
 * One direction of an emulated network. Does no I/O: its owner hands in datagrams, and takes them out again with
 * {@link pollDatagram} when {@link pollTimeout} says so.
 *
 * A datagram is lost or not, perhaps doubled, waits for its turn on a link of limited rate, then travels for the delay.
 * Every `now` is in whole microseconds on one clock and never goes back. Equal seeds, parameters and inputs give equal
 * outputs; each mechanism has its own random numbers, so that turning one on does not change what another does.
 */
export class Link {
  readonly #loss: LossModel;
  readonly #duplicate: RandomGenerator;
  readonly #jitter: RandomGenerator;
  readonly #reorder: RandomGenerator;
  readonly #arrivals = new ArrivalQueue();
  readonly #transmission = new TransmissionQueue();
  #parameters: LinkParameters = DEFAULT_LINK_PARAMETERS;
  /** Arrival of the latest datagram that keeps the order. */
  #latestDue = 0;
  readonly #counters: LinkCounters = {
    handled: 0,
    lost: 0,
    overflowed: 0,
    reordered: 0,
    duplicated: 0,
    delivered: 0,
    deliveredBytes: 0,
  };

  /** @throws RangeError for a parameter out of range */
  constructor(seed: number, parameters: Partial<LinkParameters> = {}) {
    this.#loss = new LossModel(seed ^ 0x10);
    this.#duplicate = new RandomGenerator(seed ^ 0x20);
    this.#jitter = new RandomGenerator(seed ^ 0x30);
    this.#reorder = new RandomGenerator(seed ^ 0x40);
    this.setParameters(parameters);
  }

  get parameters(): LinkParameters {
    return this.#parameters;
  }

  get counters(): Readonly<LinkCounters> {
    return this.#counters;
  }

  /** Datagrams under way. */
  get inFlight(): number {
    return this.#arrivals.length;
  }

  /**
   * Changes some parameters for the datagrams that come from now on; those under way keep their time of arrival.
   *
   * @throws RangeError for a parameter out of range; nothing has changed then
   */
  setParameters(change: Partial<LinkParameters>): void {
    const parameters = { ...this.#parameters, ...change };
    assertLinkParameters(parameters);
    this.#parameters = parameters;
    this.#loss.loss = parameters.loss;
  }

  /** Sends `data`, which is copied: the caller may reuse its memory. */
  handleDatagram(data: Uint8Array, now: number): void {
    this.#counters.handled++;
    if (this.#loss.isNextLost()) {
      this.#counters.lost++;
      return;
    }
    const isDoubled = this.#duplicate.isHit(this.#parameters.duplicateProbability);
    this.#send(data, now);
    if (!isDoubled) return;
    this.#counters.duplicated++;
    this.#send(data, now);
  }

  /** The next datagram that has arrived by `now`; it is the caller's. Call until it returns undefined. */
  pollDatagram(now: number): Uint8Array | undefined {
    const due = this.#arrivals.due;
    if (due === undefined || due > now) return undefined;
    const arrival = this.#arrivals.shift();
    if (arrival === undefined) return undefined;
    this.#counters.delivered++;
    this.#counters.deliveredBytes += arrival.data.length;
    return arrival.data;
  }

  /** When the next datagram arrives, in µs; undefined when none is under way. */
  pollTimeout(): number | undefined {
    return this.#arrivals.due;
  }

  #send(data: Uint8Array, now: number): void {
    const { delayMs, jitterMs, reorderProbability, reorderMs, rateBps, queueLimitBytes } = this.#parameters;
    const isHeldBack = this.#reorder.isHit(reorderProbability);
    const variationMs = (this.#jitter.next() * 2 - 1) * jitterMs;
    const departure = this.#transmission.push(data.length, now, rateBps, queueLimitBytes);
    if (departure === undefined || this.#arrivals.length >= MAX_IN_FLIGHT) {
      this.#counters.overflowed++;
      return;
    }
    // Not `slice`: that of a Buffer shares its memory.
    const copy = new Uint8Array(data);
    const travelUs = Math.round(Math.max(0, delayMs + variationMs) * 1000);
    if (isHeldBack) {
      this.#counters.reordered++;
      this.#arrivals.push(departure + travelUs + Math.round(reorderMs * 1000), copy);
      return;
    }
    this.#latestDue = Math.max(this.#latestDue, departure + travelUs);
    this.#arrivals.push(this.#latestDue, copy);
  }
}
