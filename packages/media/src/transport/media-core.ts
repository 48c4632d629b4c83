import type { PacketPool } from "../bytes/packet-pool.js";
import { IceControllingAgent } from "../ice/controlling-agent.js";
import { IceLiteAgent } from "../ice/lite-agent.js";
import type { Consumer } from "../router/consumer.js";
import type { LocalSource } from "../router/local-source.js";
import type { Producer } from "../router/producer.js";
import { Router } from "../router/router.js";
import { SenderClock } from "../router/sender-clock.js";
import { isRtcp } from "../rtp/rtp-header.js";
import { readStunUsername } from "../stun/stun-username.js";
import { after, type Instant } from "../time/instant.js";
import type { NtpTime } from "../time/ntp-time.js";
import { AddressOwners } from "./address-owners.js";
import { DropCounters } from "./drop-counters.js";
import type { Ingress } from "./ingress.js";
import { PacketBatch } from "./packet-batch.js";
import type {
  AudioLevel,
  ConsumerParameters,
  MediaEvent,
  ProducerParameters,
  RemoteTransportParameters,
  TransportParameters,
} from "./parameters.js";
import { Transport, type TransportEnvironment } from "./transport.js";
import type { AddressId, TransportAddress } from "./transport-address.js";
import { pollFeedback } from "./upstream-feedback.js";

/** How often deadlines of all Transports are looked at, ms: half of the NACK reorder grace or less hurts no one. */
const TICK_MS = 10;

/** Between two readings of the audio levels, ms (LiveKit: 400 ms windows). */
const AUDIO_LEVEL_INTERVAL_MS = 400;

/** Between two sweeps of the retransmission buffers, ms. */
const RELEASE_INTERVAL_MS = 100;

/** Below this many free slots the retransmission buffers give back their older half. */
const MIN_FREE_SLOTS = 256;

export type MediaCoreOptions = Pick<TransportEnvironment, "memory" | "egress" | "crypto" | "dtls"> & {
  /** Slots of the memory, shared with the I/O layer. */
  readonly pool: PacketPool;
  /** Wall clock at Instant 0; sender reports carry it. */
  readonly ntpAtOrigin: NtpTime;
};

interface OpenProducer {
  readonly producer: Producer;
  readonly router: Router;
  /** Undefined for one that a {@link LocalSource} feeds. */
  readonly transport: Transport | undefined;
}

interface OpenConsumer {
  readonly consumer: Consumer;
  readonly transport: Transport;
}

/** A command named an object that is not there, or one that is there already. */
export class MediaCommandError extends Error {
  override readonly name = "MediaCommandError";
}

/**
 * Everything one worker does with media, sans I/O: Routers and Transports by id, datagrams to Transports, time to deadlines.
 *
 * The I/O layer calls it as {@link Ingress} and flushes its Egress after every batch, after every {@link handleTimeout} and
 * after commands. Events are drained with {@link pollEvent}.
 */
export class MediaCore implements Ingress {
  readonly drops = new DropCounters();
  packetsReceived = 0;
  /** Packets times Consumers, sent or not. */
  packetsForwarded = 0;
  readonly routers = new Map<string, Router>();
  readonly transports = new Map<string, Transport>();
  readonly #environment: TransportEnvironment;
  readonly #pool: PacketPool;
  readonly #transportsByUfrag = new Map<string, Transport>();
  readonly #ufrags = new Map<Transport, string>();
  readonly #addresses = new AddressOwners();
  readonly #batch = new PacketBatch();
  #events: MediaEvent[] = [];
  /** By producer id, over all Routers. */
  readonly #producers = new Map<string, OpenProducer>();
  /** By consumer id, over all Routers. */
  readonly #consumers = new Map<string, OpenConsumer>();
  #nextTick: Instant | undefined;
  #nextAudioLevels: Instant | undefined;
  #nextRelease: Instant | undefined;

  constructor(options: MediaCoreOptions) {
    this.#pool = options.pool;
    this.#environment = {
      memory: options.memory,
      egress: options.egress,
      crypto: options.crypto,
      dtls: options.dtls,
      drops: this.drops,
      ntp: (now) => (options.ntpAtOrigin + now / 1000) as NtpTime,
      bindAddress: (address, transport, isValidated) => {
        if (!this.#addresses.claim(address, transport, isValidated)) this.drops.addressTaken++;
      },
      unbindAddress: (address, transport) => this.#addresses.release(address, transport),
      emit: (event) => this.#events.push(event),
    };
  }

  // --- commands -------------------------------------------------------------------------------------------------------

  openRouter(routerId: string): void {
    if (this.routers.has(routerId)) return;
    this.routers.set(routerId, new Router(this.#environment.memory, this.#pool, routerId));
  }

  closeRouter(routerId: string): void {
    for (const transport of [...this.transports.values()]) {
      if (transport.router.id === routerId) this.closeTransport(transport.id);
    }
    const router = this.routers.get(routerId);
    if (router === undefined) return;
    for (const producerId of [...router.producers.keys()]) this.closeProducer(producerId);
    this.routers.delete(routerId);
  }

  openTransport(routerId: string, transportId: string, parameters: TransportParameters, now: Instant): void {
    const router = this.router(routerId);
    if (this.transports.has(transportId)) throw new MediaCommandError(`transport ${transportId} exists already`);
    const { localIce, iceRole } = parameters;
    const { crypto } = this.#environment;
    const isControlling = iceRole === "controlling";
    const ice = isControlling
      ? new IceControllingAgent({ local: localIce, crypto, now })
      : new IceLiteAgent({ local: localIce, crypto, now });
    const transport = new Transport(this.#environment, transportId, router, ice, isControlling);
    this.transports.set(transportId, transport);
    this.#transportsByUfrag.set(localIce.ufrag, transport);
    this.#ufrags.set(transport, localIce.ufrag);
    this.#nextTick ??= after(now, TICK_MS);
  }

  connectTransport(transportId: string, remote: RemoteTransportParameters, now: Instant): void {
    this.transport(transportId).connect(remote, now);
  }

  closeTransport(transportId: string): void {
    const transport = this.transports.get(transportId);
    if (transport === undefined) return;
    for (const producer of [...transport.reception.producers]) this.closeProducer(producer.id);
    for (const consumer of [...transport.consumersBySsrc.values()]) this.closeConsumer(consumer.id);
    transport.close();
    this.transports.delete(transportId);
    const ufrag = this.#ufrags.get(transport);
    if (ufrag !== undefined && this.#transportsByUfrag.get(ufrag) === transport) this.#transportsByUfrag.delete(ufrag);
    this.#ufrags.delete(transport);
  }

  openProducer(transportId: string, parameters: ProducerParameters): Producer {
    const transport = this.transport(transportId);
    const producer = this.#openProducer(transport.router, transport.clock, transport, parameters);
    transport.reception.openProducer(producer);
    return producer;
  }

  /** A Producer that no peer feeds but a {@link LocalSource}: how our own clients publish. */
  openLocalProducer(routerId: string, parameters: ProducerParameters): Producer {
    return this.#openProducer(this.router(routerId), new SenderClock(), undefined, parameters);
  }

  #openProducer(
    router: Router,
    clock: SenderClock,
    transport: Transport | undefined,
    parameters: ProducerParameters,
  ): Producer {
    const { producerId } = parameters;
    if (this.#producers.has(producerId)) throw new MediaCommandError(`producer ${producerId} exists already`);
    const producer = router.openProducer(clock, parameters);
    this.#producers.set(producerId, { producer, router, transport });
    return producer;
  }

  closeProducer(producerId: string): void {
    const opened = this.#producers.get(producerId);
    if (opened === undefined) return;
    const { producer, router, transport } = opened;
    this.#producers.delete(producerId);
    transport?.reception.closeProducer(producer);
    for (const consumer of router.closeProducer(producer)) this.#detachConsumer(consumer);
  }

  setProducerPaused(producerId: string, isPaused: boolean, now: Instant): void {
    this.#producers.get(producerId)?.producer.setPaused(isPaused, now);
  }

  openConsumer(transportId: string, parameters: ConsumerParameters, now: Instant): void {
    const transport = this.transport(transportId);
    const { router } = transport;
    const producer = router.producers.get(parameters.producerId);
    if (producer === undefined) throw new MediaCommandError(`producer ${parameters.producerId} is not in router ${router.id}`);
    if (this.#consumers.has(parameters.consumerId))
      throw new MediaCommandError(`consumer ${parameters.consumerId} exists already`);
    const ssrcs = parameters.rtxSsrc === undefined ? [parameters.ssrc] : [parameters.ssrc, parameters.rtxSsrc];
    if (ssrcs.some((ssrc) => transport.usedSsrcs.has(ssrc | 0))) {
      throw new MediaCommandError(`an SSRC of consumer ${parameters.consumerId} was used before on transport ${transportId}`);
    }
    for (const ssrc of ssrcs) transport.usedSsrcs.add(ssrc | 0);
    const consumer = router.openConsumer(producer, transport.outlet, parameters);
    transport.consumersBySsrc.set(consumer.ssrc, consumer);
    this.#consumers.set(consumer.id, { consumer, transport });
    if (!parameters.isPaused) producer.requestKeyFrame(now);
  }

  closeConsumer(consumerId: string): void {
    const opened = this.#consumers.get(consumerId);
    if (opened === undefined) return;
    opened.transport.router.closeConsumer(opened.consumer);
    this.#detachConsumer(opened.consumer);
  }

  #detachConsumer(consumer: Consumer): void {
    this.#consumers.get(consumer.id)?.transport.consumersBySsrc.delete(consumer.ssrc);
    this.#consumers.delete(consumer.id);
  }

  setConsumerPaused(consumerId: string, isPaused: boolean, now: Instant): void {
    this.#consumers.get(consumerId)?.consumer.setPaused(isPaused, now);
  }

  consumer(consumerId: string): Consumer {
    const opened = this.#consumers.get(consumerId);
    if (opened === undefined) throw new MediaCommandError(`consumer ${consumerId} does not exist`);
    return opened.consumer;
  }

  router(routerId: string): Router {
    const router = this.routers.get(routerId);
    if (router === undefined) throw new MediaCommandError(`router ${routerId} does not exist`);
    return router;
  }

  transport(transportId: string): Transport {
    const transport = this.transports.get(transportId);
    if (transport === undefined) throw new MediaCommandError(`transport ${transportId} does not exist`);
    return transport;
  }

  // --- datagrams ------------------------------------------------------------------------------------------------------

  get batchLimit(): number {
    return this.#batch.limit;
  }

  handleDatagram(offset: number, sizeBytes: number, address: AddressId, now: Instant): boolean {
    const transport = this.#addresses.ownerOf(address);
    const { bytes } = this.#environment.memory;
    const first = bytes[offset] as number;
    if (transport === undefined || (first > 3 && !this.#addresses.isValidated(address))) {
      this.drops.unvalidatedAddress++;
      return false;
    }
    if (first >= 128 && first <= 191) {
      if (isRtcp(this.#environment.memory, offset, sizeBytes)) {
        transport.handleRtcp(offset, sizeBytes, now);
        return false;
      }
      this.packetsReceived++;
      if (this.#batch.isFull) this.handleBatchEnd(now);
      const isKept = transport.handleRtp(this.#batch.next, offset, sizeBytes, now);
      if (isKept) this.#batch.keep(transport.router);
      return isKept;
    }
    if (first >= 20 && first <= 63) transport.handleDtls(bytes.subarray(offset, offset + sizeBytes), now);
    else if (first <= 3) this.#handleStunFromKnown(transport, offset, sizeBytes, address, now);
    else this.drops.unknownProtocol++;
    return false;
  }

  #handleStunFromKnown(transport: Transport, offset: number, sizeBytes: number, address: AddressId, now: Instant): void {
    const source = transport.addressOf(address);
    if (source === undefined) return;
    const message = this.#environment.memory.bytes.subarray(offset, offset + sizeBytes);
    // The same address may carry another Transport's check: a client behind one socket that was restarted.
    const ufrag = readStunUsername(message);
    const owner = ufrag === undefined ? transport : (this.#transportsByUfrag.get(ufrag) ?? transport);
    owner.handleStun(message, source, now);
  }

  handleUnknownDatagram(offset: number, sizeBytes: number, source: TransportAddress, now: Instant): void {
    const { bytes } = this.#environment.memory;
    if ((bytes[offset] as number) > 3) {
      this.drops.unvalidatedAddress++;
      return;
    }
    const message = bytes.subarray(offset, offset + sizeBytes);
    const ufrag = readStunUsername(message);
    const transport = ufrag === undefined ? undefined : this.#transportsByUfrag.get(ufrag);
    if (transport === undefined) this.drops.unknownUfrag++;
    else transport.handleStun(message, source, now);
  }

  /** Sends one RTP payload of our own making; it is forwarded with the next batch. False when there is no room for it. */
  sendLocal(source: LocalSource, payload: Uint8Array, timestamp: number, isMarked: boolean, now: Instant): boolean {
    const router = this.#producers.get(source.producer.id)?.router;
    if (router === undefined) return false;
    if (this.#batch.isFull) this.handleBatchEnd(now);
    if (!source.fill(this.#batch.next, payload, timestamp, isMarked, now)) return false;
    router.markPending(source.producer);
    this.#batch.keep(router);
    return true;
  }

  handleBatchEnd(_now: Instant): void {
    this.packetsForwarded += this.#batch.forward();
    if (this.#pool.available < MIN_FREE_SLOTS) this.#reclaim();
  }

  #reclaim(): void {
    for (const { producer } of this.#producers.values()) {
      for (const stream of producer.streams) stream.buffer.reclaimHalf();
    }
  }

  // --- time -----------------------------------------------------------------------------------------------------------

  /** Deadlines are looked at together, every 10 ms while there is a Transport: cheaper than keeping them sorted per packet. */
  pollTimeout(): Instant | undefined {
    return this.transports.size === 0 ? undefined : this.#nextTick;
  }

  handleTimeout(now: Instant): void {
    if (this.#nextTick !== undefined && this.#nextTick > now) return;
    this.#nextTick = after(now, TICK_MS);
    for (const transport of this.transports.values()) {
      const deadline = transport.pollTimeout();
      if (deadline !== undefined && deadline <= now) transport.handleTimeout(now);
      pollFeedback(transport, now);
    }
    if (this.#nextRelease === undefined || this.#nextRelease <= now) {
      this.#nextRelease = after(now, RELEASE_INTERVAL_MS);
      for (const { producer } of this.#producers.values()) {
        for (const stream of producer.streams) stream.releaseExpired(now);
      }
    }
    if (this.#nextAudioLevels === undefined || this.#nextAudioLevels <= now) {
      this.#nextAudioLevels = after(now, AUDIO_LEVEL_INTERVAL_MS);
      this.#reportAudioLevels();
    }
  }

  #reportAudioLevels(): void {
    for (const router of this.routers.values()) {
      const levels: AudioLevel[] = [];
      for (const producer of router.producers.values()) {
        const reading = producer.activity.take();
        if (reading !== undefined) levels.push({ producerId: producer.id, ...reading });
      }
      if (levels.length === 0) continue;
      levels.sort((a, b) => a.level - b.level);
      this.#events.push({ type: "audioLevels", routerId: router.id, levels });
    }
  }

  /** Next event, or undefined. */
  pollEvent(): MediaEvent | undefined {
    return this.#events.shift();
  }
}
