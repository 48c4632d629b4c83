import { Speakers } from "../audio/speakers.js";
import type { PacketMemory } from "../bytes/packet-memory.js";
import type { PacketPool } from "../bytes/packet-pool.js";
import type { Instant } from "../time/instant.js";
import {
  type ConsumerParameters,
  DEFAULT_ROUTER_OPTIONS,
  type ProducerParameters,
  type RouterOptions,
} from "../transport/parameters.js";
import { CodecPlans } from "./codec-plan.js";
import { Consumer } from "./consumer.js";
import { HeaderPlans } from "./header-plan.js";
import type { PacketQueue, PacketReceiver } from "./packet-receiver.js";
import { Producer } from "./producer.js";
import type { RtpOutlet } from "./rtp-outlet.js";
import type { SenderClock } from "./sender-clock.js";

/**
 * A room's forwarding graph on one worker: which Producer's packets go to which Consumers.
 *
 * Packets of a batch collect in their Producers; {@link forward} then serves destination after destination, so that all
 * packets for one receiver leave together.
 */
export class Router {
  readonly id: string;
  readonly producers = new Map<string, Producer>();
  readonly consumers = new Map<string, Consumer>();
  readonly speakers: Speakers;
  /** The batch knows that there is something to forward. */
  isQueued = false;
  readonly #activeLevel: number | undefined;
  readonly #memory: PacketMemory;
  readonly #pool: PacketPool;
  readonly #plans = new HeaderPlans();
  readonly #codecs = new CodecPlans();
  readonly #dirtyProducers: Producer[] = [];
  #dirtyProducerCount = 0;
  readonly #dirtyOutlets: PacketQueue[] = [];
  #dirtyOutletCount = 0;

  constructor(memory: PacketMemory, pool: PacketPool, id: string, options: RouterOptions = DEFAULT_ROUTER_OPTIONS) {
    this.#memory = memory;
    this.#pool = pool;
    this.id = id;
    this.speakers = new Speakers(options.loudestSpeakers);
    this.#activeLevel = options.activeLevel;
  }

  get isDirty(): boolean {
    return this.#dirtyProducerCount > 0;
  }

  openProducer(clock: SenderClock, parameters: ProducerParameters): Producer {
    const producer = new Producer(this.#memory, this.#pool, clock, parameters);
    if (this.#activeLevel !== undefined) producer.activity.activeLevel = this.#activeLevel;
    if (producer.tellsAudioLevel) producer.speaker = this.speakers.open(producer.id);
    this.producers.set(producer.id, producer);
    return producer;
  }

  /** Closes its Consumers too; returns them. */
  closeProducer(producer: Producer): readonly Consumer[] {
    const closed = [...this.consumers.values()].filter((consumer) => consumer.producer === producer);
    for (const consumer of closed) this.closeConsumer(consumer);
    this.producers.delete(producer.id);
    if (producer.speaker !== undefined) this.speakers.close(producer.speaker);
    producer.close();
    return closed;
  }

  openConsumer(producer: Producer, outlet: RtpOutlet, parameters: ConsumerParameters): Consumer {
    const { headerExtensions, playoutDelay } = parameters;
    const plan = this.#plans.planFor(producer.parameters.headerExtensions, headerExtensions, playoutDelay);
    const codecs = this.#codecs.planFor(producer.parameters.codecs, parameters.codecs);
    const consumer = new Consumer(producer, outlet, plan, codecs, parameters);
    producer.consumers.push(consumer);
    this.consumers.set(consumer.id, consumer);
    return consumer;
  }

  closeConsumer(consumer: Consumer): void {
    const { consumers } = consumer.producer;
    const index = consumers.indexOf(consumer);
    if (index !== -1) consumers.splice(index, 1);
    this.consumers.delete(consumer.id);
    consumer.outlet.paced.forget(consumer);
  }

  /** The Producer has taken a packet: if there is something to forward, {@link forward} will, once for the whole batch. */
  markPending(producer: Producer): void {
    if (producer.isQueued || producer.pendingCount === 0) return;
    producer.isQueued = true;
    this.#dirtyProducers[this.#dirtyProducerCount++] = producer;
  }

  /** Forwards what the batch brought and returns how many packets that were, sent or not. */
  forward(now: Instant): number {
    let forwarded = 0;
    for (let index = 0; index < this.#dirtyProducerCount; index++) {
      const producer = this.#dirtyProducers[index] as Producer;
      const { consumers } = producer;
      forwarded += producer.pendingCount * consumers.length;
      for (let at = 0; at < consumers.length; at++) {
        const receiver = consumers[at] as PacketReceiver;
        if (receiver.outlet.enqueue(receiver)) this.#dirtyOutlets[this.#dirtyOutletCount++] = receiver.outlet;
      }
    }
    for (let index = 0; index < this.#dirtyOutletCount; index++) (this.#dirtyOutlets[index] as PacketQueue).drain(now);
    this.#dirtyOutletCount = 0;
    for (let index = 0; index < this.#dirtyProducerCount; index++) {
      const producer = this.#dirtyProducers[index] as Producer;
      producer.pendingCount = 0;
      producer.isQueued = false;
    }
    this.#dirtyProducerCount = 0;
    return forwarded;
  }
}
