import type { Producer } from "../router/producer.js";
import type { ProducerCopy } from "../router/producer-copy.js";
import type { Router } from "../router/router.js";
import { after, type Instant } from "../time/instant.js";
import { MediaCommandError } from "./media-command-error.js";
import type { MediaTotals } from "./media-totals.js";
import type { Transport } from "./transport.js";

/** Between two sweeps of the retransmission buffers, and two looks at what publishers send, ms. */
const RELEASE_INTERVAL_MS = 100;

export interface OpenProducer {
  readonly producer: Producer;
  readonly router: Router;
  /** Undefined for one that no peer feeds. */
  readonly transport: Transport | undefined;
}

/** The Producers of a worker, over all Routers, and which of them are copies of which. */
export class OpenProducers {
  readonly #byId = new Map<string, OpenProducer>();
  /** By the copy's id. */
  readonly #copies = new Map<string, ProducerCopy>();
  readonly #totals: MediaTotals;
  #nextRelease: Instant | undefined;

  constructor(totals: MediaTotals) {
    this.#totals = totals;
  }

  get(producerId: string): OpenProducer | undefined {
    return this.#byId.get(producerId);
  }

  /** Throws MediaCommandError. */
  require(producerId: string): OpenProducer {
    const opened = this.#byId.get(producerId);
    if (opened === undefined) throw new MediaCommandError(`producer ${producerId} does not exist`);
    return opened;
  }

  /** Throws MediaCommandError. */
  checkNew(producerId: string): void {
    if (this.#byId.has(producerId)) throw new MediaCommandError(`producer ${producerId} exists already`);
  }

  add(opened: OpenProducer): void {
    this.#byId.set(opened.producer.id, opened);
  }

  /** Begins to feed it. */
  addCopy(copy: ProducerCopy): void {
    this.#copies.set(copy.producer.id, copy);
    copy.original.consumers.push(copy);
  }

  /** It is one no more, neither as a copy. */
  remove(producerId: string): void {
    const opened = this.#byId.get(producerId);
    if (opened?.transport !== undefined) this.#totals.addProducer(opened.producer, opened.transport);
    this.#byId.delete(producerId);
    const copy = this.#copies.get(producerId);
    if (copy === undefined) return;
    this.#copies.delete(producerId);
    const { consumers } = copy.original;
    consumers.splice(consumers.indexOf(copy), 1);
  }

  copiesOf(producer: Producer): string[] {
    return [...this.#copies.values()].filter(({ original }) => original === producer).map((copy) => copy.producer.id);
  }

  /** Memory is short: buffers give back their older half. */
  reclaim(): void {
    for (const { producer } of this.#byId.values()) {
      for (const stream of producer.streams) stream.buffer.reclaimHalf();
    }
  }

  handleTimeout(now: Instant): void {
    for (const copy of this.#copies.values()) copy.handleTick(now);
    if (this.#nextRelease !== undefined && this.#nextRelease > now) return;
    this.#nextRelease = after(now, RELEASE_INTERVAL_MS);
    for (const { producer } of this.#byId.values()) {
      for (const stream of producer.streams) stream.releaseExpired(now);
      producer.handleTick(now);
    }
  }
}
