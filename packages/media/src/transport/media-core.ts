import type { PacketPool } from "../bytes/packet-pool.js";
import { IceControllingAgent } from "../ice/controlling-agent.js";
import type { IceCredentials } from "../ice/ice-parameters.js";
import { IceLiteAgent } from "../ice/lite-agent.js";
import type { Consumer } from "../router/consumer.js";
import type { LocalSource } from "../router/local-source.js";
import type { Producer } from "../router/producer.js";
import { copyParameters, ProducerCopy } from "../router/producer-copy.js";
import { RETRANSMISSION } from "../router/retransmission-limits.js";
import { Router } from "../router/router.js";
import { SenderClock } from "../router/sender-clock.js";
import { isRtcp } from "../rtp/rtp-header.js";
import { after, type Instant } from "../time/instant.js";
import type { NtpTime } from "../time/ntp-time.js";
import { SendClock } from "../time/send-clock.js";
import { AddressOwners } from "./address-owners.js";
import { DataCredit } from "./data-credit.js";
import { DropCounters } from "./drop-counters.js";
import { FeedbackQueue } from "./feedback-queue.js";
import type { ConnectionIngress } from "./ingress.js";
import { LayerReports } from "./layer-reports.js";
import { MediaCommandError } from "./media-command-error.js";
import type { MediaCoreOptions } from "./media-core-options.js";
import { MediaTotals } from "./media-totals.js";
import type { OpenConsumer } from "./open-consumer.js";
import { OpenProducers } from "./open-producers.js";
import { PacketBatch } from "./packet-batch.js";
import type {
  ConsumerParameters,
  DataChannelParameters,
  LayerPreference,
  MediaEvent,
  ProducerParameters,
  RemoteTransportParameters,
  RouterOptions,
  TransportParameters,
} from "./parameters.js";
import { SpeakerReports } from "./speaker-reports.js";
import { Transport, type TransportEnvironment } from "./transport.js";
import type { AddressId, TransportAddress } from "./transport-address.js";
import { TransportTicks } from "./transport-ticks.js";
import { UfragOwners } from "./ufrag-owners.js";

/** How often deadlines of all Transports are looked at, ms: half of the NACK reorder grace or less hurts no one. */
const TICK_MS = 10;

/** Below this many free slots the retransmission buffers give back their older half. */
const MIN_FREE_SLOTS = 256;

/**
 * Everything one worker does with media, sans I/O: Routers and Transports by id, datagrams to Transports, time to deadlines.
 *
 * The I/O layer calls it as {@link ConnectionIngress} and flushes its Egress after every batch, after every {@link handleTimeout} and
 * after commands. Events are drained with {@link pollEvent}.
 */
export class MediaCore implements ConnectionIngress {
  readonly drops = new DropCounters();
  readonly totals = new MediaTotals();
  packetsReceived = 0;
  /** Packets times Consumers, sent or not. */
  packetsForwarded = 0;
  readonly routers = new Map<string, Router>();
  readonly transports = new Map<string, Transport>();
  readonly #environment: TransportEnvironment;
  readonly #pool: PacketPool;
  readonly #ufrags = new UfragOwners();
  readonly #addresses = new AddressOwners();
  readonly #batch = new PacketBatch();
  readonly feedback = new FeedbackQueue(this.drops);
  readonly #events: MediaEvent[] = [];
  readonly #emit = (event: MediaEvent): void => {
    if (this.#events.push(event) === 1) this.#onEvent?.();
  };
  readonly #onEvent: (() => void) | undefined;
  readonly #layerReports = new LayerReports(this.#emit);
  readonly #speakerReports: SpeakerReports;
  readonly #producers = new OpenProducers(this.totals);
  /** By consumer id, over all Routers. */
  readonly #consumers = new Map<string, OpenConsumer>();
  readonly #ticks = new TransportTicks();
  #nextTick: Instant | undefined;

  constructor(options: MediaCoreOptions) {
    this.#pool = options.pool;
    this.#onEvent = options.onEvent;
    this.#speakerReports = new SpeakerReports(this.#emit, options.audioLevelIntervalMs);
    this.#environment = {
      dataRates: options.dataRates,
      dataCredit: new DataCredit(options.dataCreditBytes ?? Number.POSITIVE_INFINITY),
      memory: options.memory,
      egress: options.egress,
      sendClock: new SendClock(),
      crypto: options.crypto,
      dtls: options.dtls,
      drops: this.drops,
      totals: this.totals,
      feedback: this.feedback,
      retransmissionTtlMs: options.retransmissionTtlMs ?? RETRANSMISSION.defaultTtlMs,
      ntp: (now) => (options.ntpAtOrigin + now / 1000) as NtpTime,
      bindAddress: (address, transport, isValidated) => {
        if (!this.#addresses.claim(address, transport, isValidated)) this.drops.addressTaken++;
      },
      unbindAddress: (address, transport) => this.#addresses.release(address, transport),
      unbindUfrag: (ufrag, transport) => this.#ufrags.release(ufrag, transport),
      emit: this.#emit,
    };
  }

  // --- commands -------------------------------------------------------------------------------------------------------

  openRouter(routerId: string, options?: RouterOptions): void {
    if (this.routers.has(routerId)) return;
    this.routers.set(routerId, new Router(this.#environment.memory, this.#pool, routerId, options));
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
    const { localIce, iceRole, isUnlimited } = parameters;
    const isControlling = iceRole === "controlling";
    const Agent = isControlling ? IceControllingAgent : IceLiteAgent;
    const ice = new Agent({ local: localIce, crypto: this.#environment.crypto, now, counters: this.drops.ice });
    const transport = new Transport(this.#environment, transportId, router, ice, isControlling);
    transport.isUnlimited = isUnlimited === true;
    transport.outlet.replaysKeyFrames = isUnlimited !== true;
    this.transports.set(transportId, transport);
    this.#ufrags.claim(transport);
    this.#nextTick ??= after(now, TICK_MS);
  }

  connectTransport(transportId: string, remote: RemoteTransportParameters, now: Instant): void {
    this.transport(transportId).connect(remote, now);
  }

  /** ICE restart (RFC 8445 §9). Without `remote` {@link connectTransport} follows with the answer. */
  restartIce(transportId: string, local: IceCredentials, remote: IceCredentials | undefined, now: Instant): void {
    this.transport(transportId).restartIce(local, remote, now);
    this.#ufrags.claim(this.transport(transportId));
  }

  closeTransport(transportId: string): void {
    const transport = this.transports.get(transportId);
    if (transport === undefined) return;
    for (const producer of [...transport.reception.producers]) this.closeProducer(producer.id);
    for (const consumer of [...transport.consumersBySsrc.values()]) this.closeConsumer(consumer.id);
    transport.close();
    this.transports.delete(transportId);
    this.#ufrags.releaseAll(transport);
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
    this.#producers.checkNew(producerId);
    const producer = router.openProducer(clock, parameters);
    this.#producers.add({ producer, router, transport });
    return producer;
  }

  /**
   * The same media, or one layer of it, in another Router too, until it is closed there or the original is: see
   * {@link ProducerCopy}.
   */
  copyProducer(producerId: string, routerId: string, copyId: string, layer?: number): void {
    const { producer: original } = this.#producers.require(producerId);
    const router = this.router(routerId);
    const producer = this.#openProducer(router, original.clock, undefined, copyParameters(original, copyId, layer));
    const handlePending = () => {
      router.markPending(producer);
      this.#batch.queue(router);
    };
    const { memory } = this.#environment;
    this.#producers.addCopy(new ProducerCopy({ memory, pool: this.#pool, original, producer, layer, handlePending }));
  }

  closeProducer(producerId: string): void {
    const opened = this.#producers.get(producerId);
    if (opened === undefined) return;
    const { producer, router, transport } = opened;
    for (const copyId of this.#producers.copiesOf(producer)) this.closeProducer(copyId);
    this.#producers.remove(producerId);
    transport?.reception.closeProducer(producer);
    for (const consumer of router.closeProducer(producer)) this.#detachConsumer(consumer);
  }

  setProducerPaused(producerId: string, isPaused: boolean, now: Instant): void {
    this.#producers.get(producerId)?.producer.setPaused(isPaused, now);
  }

  openConsumer(transportId: string, parameters: ConsumerParameters, now: Instant): void {
    const { consumerId, producerId, ssrc, rtxSsrc } = parameters;
    const transport = this.transport(transportId);
    const producer = transport.router.producers.get(producerId);
    if (producer === undefined) throw new MediaCommandError(`producer ${producerId} is not in router ${transport.router.id}`);
    if (this.#consumers.has(consumerId)) throw new MediaCommandError(`consumer ${consumerId} exists already`);
    const ssrcs = rtxSsrc === undefined ? [ssrc] : [ssrc, rtxSsrc];
    if (ssrcs.some((each) => transport.usedSsrcs.has(each | 0)))
      throw new MediaCommandError(`an SSRC of consumer ${consumerId} was used before on transport ${transportId}`);
    for (const each of ssrcs) transport.usedSsrcs.add(each | 0);
    const consumer = transport.router.openConsumer(producer, transport.outlet, parameters);
    transport.consumersBySsrc.set(consumer.ssrc, consumer);
    this.#consumers.set(consumer.id, { consumer, transport });
    consumer.requestKeyFrame(now);
  }

  closeConsumer(consumerId: string): void {
    const opened = this.#consumers.get(consumerId);
    if (opened === undefined) return;
    opened.transport.router.closeConsumer(opened.consumer);
    this.#detachConsumer(opened.consumer);
  }

  #detachConsumer(consumer: Consumer): void {
    this.#consumers.get(consumer.id)?.transport.detachConsumer(consumer);
    this.#consumers.delete(consumer.id);
  }

  /** All Consumers of this Transport that were opened with `isHeld` begin. */
  releaseConsumers(transportId: string, now: Instant): void {
    for (const consumer of this.transports.get(transportId)?.consumersBySsrc.values() ?? []) consumer.release(now);
  }

  setConsumerPaused(consumerId: string, isPaused: boolean, now: Instant): void {
    this.#consumers.get(consumerId)?.consumer.setPaused(isPaused, now);
  }

  setConsumerPreference(consumerId: string, preference: LayerPreference): void {
    const consumer = this.#consumers.get(consumerId)?.consumer;
    if (consumer !== undefined) consumer.preference = preference;
  }

  consumer(consumerId: string): Consumer {
    const opened = this.#consumers.get(consumerId);
    if (opened === undefined) throw new MediaCommandError(`consumer ${consumerId} does not exist`);
    return opened.consumer;
  }

  /** Opens a data channel, unless there is one of this label already, whoever opened it. */
  openDataChannel(transportId: string, parameters: DataChannelParameters, now: Instant): void {
    const isOpen = this.transport(transportId).data.openChannel(parameters, now);
    if (!isOpen) throw new MediaCommandError(`transport ${transportId} carries no data, or no more channels`);
  }

  /**
   * Sends one message to each Transport's channel of this label; what cannot be sent is counted. `payload`: UTF-8 unless binary; it
   * must not change any more, for it is not copied.
   */
  sendData(transportIds: readonly string[], label: string, isBinary: boolean, payload: Uint8Array, now: Instant): void {
    for (const transportId of transportIds) {
      const transport = this.transports.get(transportId);
      if (transport === undefined) this.drops.dataNoChannel++;
      else transport.data.send(label, isBinary, payload, now);
    }
  }

  /** The owner is done with the `dataMessage` events of such payloads: see {@link DataCredit}. */
  restoreDataCredit(payloadBytes: number, now: Instant): void {
    const { dataCredit } = this.#environment;
    const wasSpent = dataCredit.isSpent;
    dataCredit.restore(payloadBytes);
    if (wasSpent && !dataCredit.isSpent) for (const { data } of this.transports.values()) data.handleTimeout(now);
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

  handleDatagram(offset: number, sizeBytes: number, address: AddressId, now: Instant, ageUs: number): boolean {
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
      const packet = this.#batch.next;
      packet.ageUs = ageUs;
      const isKept = transport.handleRtp(packet, offset, sizeBytes, now);
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
    (this.#ufrags.ownerOf(message) ?? transport).handleStun(message, source, now);
  }

  handleAddressClosed(address: AddressId, now: Instant): void {
    for (const each of this.#addresses.claimantsOf(address)) each.handleAddressClosed(address, now);
  }

  handleUnknownDatagram(offset: number, sizeBytes: number, source: TransportAddress, now: Instant): void {
    const { bytes } = this.#environment.memory;
    if ((bytes[offset] as number) > 3) {
      this.drops.unvalidatedAddress++;
      return;
    }
    const message = bytes.subarray(offset, offset + sizeBytes);
    const transport = this.#ufrags.ownerOf(message);
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

  handleBatchEnd(now: Instant): void {
    this.packetsForwarded += this.#batch.forward(now);
    this.feedback.drain();
    if (this.#pool.available < MIN_FREE_SLOTS) this.#producers.reclaim();
  }

  /** Deadlines are looked at together, every 10 ms while there is a Transport: cheaper than keeping them sorted per packet. */
  pollTimeout(): Instant | undefined {
    return this.transports.size === 0 ? undefined : this.#nextTick;
  }

  handleTimeout(now: Instant): void {
    if (this.#nextTick !== undefined && this.#nextTick > now) return;
    this.#nextTick = after(now, TICK_MS);
    this.feedback.drain();
    this.#ticks.handleTick(this.transports.values(), now);
    this.#producers.handleTimeout(now);
    for (const { consumer } of this.#consumers.values()) this.#layerReports.handleTimeout(consumer, now);
    this.#speakerReports.handleTimeout(this.routers.values(), now);
  }

  /** Next event, or undefined. */
  pollEvent(): MediaEvent | undefined {
    return this.#events.shift();
  }
}
