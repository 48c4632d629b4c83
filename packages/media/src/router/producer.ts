import type { Speaker } from "../audio/speakers.js";
import type { PacketMemory } from "../bytes/packet-memory.js";
import type { PacketPool } from "../bytes/packet-pool.js";
import { readAudioLevel } from "../rtp/header-extension.js";
import { EXTENSION_URI, type MediaKind, type RtpParameters } from "../rtp/rtp-parameters.js";
import { elapsedMs, type Instant } from "../time/instant.js";
import type { ProducerParameters } from "../transport/parameters.js";
import { AudioActivity } from "./audio-activity.js";
import { bindCodecs, type CodecBinding } from "./codec-binding.js";
import { FreezeMeter } from "./freeze-meter.js";
import { KeyFramePace } from "./key-frame-requester.js";
import { EncodingOrder } from "./layers/encoding-order.js";
import { MAX_LAYERS, ProducerLayers } from "./layers/producer-layers.js";
import type { MediaPacket } from "./media-packet.js";
import type { PacketReceiver } from "./packet-receiver.js";
import { ReceiveStream } from "./receive-stream.js";
import type { SenderClock } from "./sender-clock.js";
import { StreamTotals } from "./stream-totals.js";

/** RTP streams one Producer may have at a time, one per encoding: no more than a layer preference can name. */
export const MAX_STREAMS_PER_PRODUCER = MAX_LAYERS;

/** What became of a packet: its slot is kept; it is not wanted; its payload is malformed. */
export const PACKET_OUTCOME = { kept: 1, unwanted: 0, malformed: -2 } as const;
export type PacketOutcome = (typeof PACKET_OUTCOME)[keyof typeof PACKET_OUTCOME];

/** Encodings of one picture come together; when one has had no frame for this long, ms, another tells that frames come. */
const LEAD_TIMEOUT_MS = 100;

/**
 * Media entering a Router: the RTP streams of one media section, and the packets of the current batch that wait to be
 * forwarded, of all streams: which of them go to a receiver is its Consumer's choice.
 */
export class Producer {
  readonly id: string;
  readonly kind: MediaKind;
  readonly parameters: RtpParameters;
  /** Shared by all Producers of one publisher. */
  readonly clock: SenderClock;
  readonly activity = new AudioActivity();
  /** Set by the Router where the packets tell their audio level. */
  speaker: Speaker | undefined;
  /** Packets not forwarded to anybody because others were louder. */
  packetsWithheld = 0;
  /** Video: what the publisher itself was late with. */
  readonly freezes = new FreezeMeter();
  /** The stream whose frames {@link freezes} counts. */
  #lead: ReceiveStream | undefined;
  #lastFrameAt = 0 as Instant;
  #isWithholding = false;
  readonly consumers: PacketReceiver[] = [];
  /** In the order of their encodings, lowest quality first. */
  readonly streams: ReceiveStream[] = [];
  #replaced: StreamTotals | undefined;
  /** What the video consists of, layer by layer. */
  readonly layers: ProducerLayers;
  readonly #order: EncodingOrder;
  readonly #keyFramePace = new KeyFramePace();
  /** Packets of this batch to forward; the first {@link pendingCount} are valid. */
  readonly pending: MediaPacket[] = [];
  pendingCount = 0;
  /** The Router knows that there is something to forward. */
  isQueued = false;
  /** Called for every packet that would be forwarded; our own clients watch what they receive with it. */
  onPacket: ((packet: MediaPacket, now: Instant) => void) | undefined;
  #isPaused: boolean;
  readonly #memory: PacketMemory;
  readonly #pool: PacketPool;
  readonly #bindings: readonly (CodecBinding | undefined)[];
  readonly #audioLevelId: number;
  readonly #dependencyDescriptorId: number;

  constructor(memory: PacketMemory, pool: PacketPool, clock: SenderClock, parameters: ProducerParameters) {
    this.id = parameters.producerId;
    this.kind = parameters.rtp.kind;
    this.parameters = parameters.rtp;
    this.#isPaused = parameters.isPaused;
    this.clock = clock;
    this.#memory = memory;
    this.#pool = pool;
    this.#bindings = bindCodecs(parameters.rtp);
    this.#order = new EncodingOrder(parameters.rtp);
    this.layers = new ProducerLayers(this.#order.count);
    const { kind, headerExtensions } = parameters.rtp;
    const idOf = (uri: string) => headerExtensions.find((extension) => extension.uri === uri)?.id ?? 0;
    this.#audioLevelId = kind === "audio" ? idOf(EXTENSION_URI.audioLevel) : 0;
    this.#dependencyDescriptorId = kind === "video" ? idOf(EXTENSION_URI.dependencyDescriptor) : 0;
  }

  /** The only stream, or with simulcast the one of the lowest encoding that has begun; undefined until the first packet. */
  get activeStream(): ReceiveStream | undefined {
    return this.streams[0];
  }

  /** The stream of an encoding (with simulcast: of a spatial layer), once its first packet has come. */
  streamOf(encoding: number): ReceiveStream | undefined {
    for (const stream of this.streams) if (stream.encoding === encoding) return stream;
    return undefined;
  }

  /** What the publisher calls an encoding; undefined without simulcast by rids. */
  ridOf(encoding: number): string | undefined {
    return this.#order.ridOf(encoding);
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Whether its packets carry the audio level (RFC 6464). */
  get tellsAudioLevel(): boolean {
    return this.#audioLevelId !== 0;
  }

  /** Whether anybody is there for this stream's packets. */
  isWatched(stream: ReceiveStream): boolean {
    if (this.onPacket !== undefined) return true;
    for (const consumer of this.consumers) if (consumer.isWatching(stream)) return true;
    return false;
  }

  bindingFor(payloadType: number): CodecBinding | undefined {
    return this.#bindings[payloadType];
  }

  /**
   * A new RTP stream of this Producer. It replaces the one of the same encoding (the publisher restarted). Undefined when the
   * payload type carries no media, or nobody said that there is such an encoding.
   */
  openStream(ssrc: number, rid: string | undefined, payloadType: number): ReceiveStream | undefined {
    const binding = this.#bindings[payloadType];
    const encoding = this.#order.layerOf(ssrc, rid);
    if (binding === undefined || binding.associatedPayloadType !== undefined) return undefined;
    if (encoding < 0 || encoding >= MAX_STREAMS_PER_PRODUCER) return undefined;
    const stream = new ReceiveStream(this.#pool, ssrc, rid, encoding, this.kind, binding, this.#dependencyDescriptorId);
    stream.keyFrames.pace = this.#keyFramePace;
    const closed = this.streamOf(encoding);
    if (closed !== undefined) {
      this.#replaced ??= new StreamTotals();
      this.#replaced.add(closed);
      closed.close();
      this.streams.splice(this.streams.indexOf(closed), 1);
      this.breakOff(closed);
    }
    this.streams.push(stream);
    this.streams.sort((a, b) => a.encoding - b.encoding);
    return stream;
  }

  /** Stops or resumes forwarding (a mute on the server). What came in between is never sent, not by retransmission either. */
  setPaused(isPaused: boolean, now: Instant): void {
    if (isPaused === this.isPaused) return;
    this.#isPaused = isPaused;
    if (isPaused) {
      this.speaker?.handlePaused();
      this.freezes.interrupt(now);
      for (const consumer of this.consumers) consumer.handleProducerPaused(now);
      return;
    }
    for (const stream of this.streams) {
      stream.withholdUntilNow();
      this.breakOff(stream);
    }
    for (const consumer of this.consumers) consumer.requestKeyFrame(now);
  }

  /**
   * The stream's next packet does not continue its last one; what still waits of it in this batch belongs to the past, and its
   * slots may be gone.
   */
  breakOff(stream: ReceiveStream): void {
    let kept = 0;
    for (let index = 0; index < this.pendingCount; index++) {
      const packet = this.pending[index] as MediaPacket;
      if (packet.stream !== stream) this.pending[kept++] = packet;
    }
    this.pendingCount = kept;
    for (const consumer of this.consumers) consumer.handleDiscontinuity(stream);
  }

  /** One plain packet of `stream`. When it is kept, the caller has to call the Router's `markPending`. */
  handlePacket(stream: ReceiveStream, packet: MediaPacket, now: Instant, isRetransmission: boolean): PacketOutcome {
    const { header } = packet;
    const binding = this.#bindings[header.payloadType];
    if (binding === undefined || binding.associatedPayloadType !== undefined) return PACKET_OUTCOME.unwanted;
    if (!stream.parse(this.#memory, packet, binding)) {
      stream.handleMalformed(packet, now);
      return PACKET_OUTCOME.malformed;
    }
    if (!stream.handlePacket(packet, now, isRetransmission)) return PACKET_OUTCOME.unwanted;
    if (this.kind === "video") {
      const { frame } = packet;
      const spatialLayer = this.layers.isSimulcast ? stream.encoding : frame.spatialLayer;
      this.layers.handlePacket(spatialLayer, frame, packet.sizeBytes, now);
    }
    if (this.kind === "video" && !this.#isPaused && header.payloadBytes > 0 && stream.takeFrameStart(header.timestamp)) {
      this.#handleFrame(stream, now);
    }
    // Packets without payload (padding of the publisher's congestion control) go on too: leaving them out would look like loss.
    if (this.#isPaused || stream.isWithheld(header.extendedSequenceNumber)) return PACKET_OUTCOME.kept;
    if (this.#audioLevelId !== 0 && !this.#isHeard(stream, packet, now)) return PACKET_OUTCOME.kept;
    this.pending[this.pendingCount++] = packet;
    if (this.onPacket !== undefined) this.onPacket(packet, now);
    return PACKET_OUTCOME.kept;
  }

  #handleFrame(stream: ReceiveStream, now: Instant): void {
    if (stream !== this.#lead && elapsedMs(this.#lastFrameAt, now) < LEAD_TIMEOUT_MS) return;
    this.#lead = stream;
    this.#lastFrameAt = now;
    this.freezes.handleFrame(now);
  }

  /**
   * Reads the audio level; false when others are louder and the packet shall not be forwarded. What is left out makes no gap:
   * the next packet begins anew. Within a batch there can be no new beginning behind what waits, so the rest of it goes along.
   */
  #isHeard(stream: ReceiveStream, { header }: MediaPacket, now: Instant): boolean {
    const level = readAudioLevel(this.#memory, header, this.#audioLevelId);
    if (level >= 0) this.activity.handleLevel(level);
    const isLate = header.extendedSequenceNumber < stream.highest;
    let isForwarded = !(isLate && this.#isWithholding);
    if (!isLate && level >= 0 && this.speaker !== undefined) {
      isForwarded = this.speaker.handleLevel(level, header.timestamp, stream.clockRate, now);
    }
    if (!isForwarded && this.pendingCount === 0) {
      this.#isWithholding = true;
      this.packetsWithheld++;
      return false;
    }
    if (this.#isWithholding) this.breakOff(stream);
    this.#isWithholding = false;
    return true;
  }

  /** Asks for a key frame of one encoding, 0 without simulcast. */
  requestKeyFrame(now: Instant, encoding = 0): void {
    if (this.kind === "video") this.streamOf(encoding)?.keyFrames.request(now);
  }

  /** Of all its streams, those that were replaced included. */
  streamTotals(): StreamTotals {
    const totals = new StreamTotals();
    if (this.#replaced !== undefined) Object.assign(totals, this.#replaced);
    for (const stream of this.streams) totals.add(stream);
    return totals;
  }

  /** Looks at what happened since the last time; a few times a second at least. */
  handleTick(now: Instant): void {
    if (this.kind === "video") this.layers.handleTick(now);
  }

  close(): void {
    for (const stream of this.streams) stream.close();
    this.streams.length = 0;
    this.#lead = undefined;
    this.pendingCount = 0;
  }
}
