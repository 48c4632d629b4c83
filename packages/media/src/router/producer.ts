import type { PacketMemory } from "../bytes/packet-memory.js";
import type { PacketPool } from "../bytes/packet-pool.js";
import { readAudioLevel } from "../rtp/header-extension.js";
import { EXTENSION_URI, type MediaKind, type RtpParameters } from "../rtp/rtp-parameters.js";
import type { Instant } from "../time/instant.js";
import type { ProducerParameters } from "../transport/parameters.js";
import { AudioActivity } from "./audio-activity.js";
import { bindCodecs, type CodecBinding } from "./codec-binding.js";
import type { MediaPacket } from "./media-packet.js";
import type { PacketReceiver } from "./packet-receiver.js";
import { ReceiveStream } from "./receive-stream.js";
import type { SenderClock } from "./sender-clock.js";

/** RTP streams one Producer may have at a time, one per encoding. */
export const MAX_STREAMS_PER_PRODUCER = 8;

/**
 * Media entering a Router: the RTP streams of one media section, and the packets of the current batch that wait to be
 * forwarded.
 */
export class Producer {
  readonly id: string;
  readonly kind: MediaKind;
  readonly parameters: RtpParameters;
  /** Shared by all Producers of one publisher. */
  readonly clock: SenderClock;
  readonly activity = new AudioActivity();
  readonly consumers: PacketReceiver[] = [];
  readonly streams: ReceiveStream[] = [];
  /** Packets of this batch to forward; the first {@link pendingCount} are valid. */
  readonly pending: MediaPacket[] = [];
  pendingCount = 0;
  /** When the last packet to forward arrived; 0 before the first. */
  lastPacketAt = 0 as Instant;
  /** The Router knows that there is something to forward. */
  isQueued = false;
  /** Called for every packet that would be forwarded; our own clients watch what they receive with it. */
  onPacket: ((packet: MediaPacket, now: Instant) => void) | undefined;
  #isPaused: boolean;
  readonly #memory: PacketMemory;
  readonly #pool: PacketPool;
  readonly #bindings: readonly (CodecBinding | undefined)[];
  readonly #audioLevelId: number;
  #active: ReceiveStream | undefined;

  constructor(memory: PacketMemory, pool: PacketPool, clock: SenderClock, parameters: ProducerParameters) {
    this.id = parameters.producerId;
    this.kind = parameters.rtp.kind;
    this.parameters = parameters.rtp;
    this.#isPaused = parameters.isPaused;
    this.clock = clock;
    this.#memory = memory;
    this.#pool = pool;
    this.#bindings = bindCodecs(parameters.rtp);
    const level = parameters.rtp.headerExtensions.find((extension) => extension.uri === EXTENSION_URI.audioLevel);
    this.#audioLevelId = parameters.rtp.kind === "audio" ? (level?.id ?? 0) : 0;
  }

  /** The stream whose packets are forwarded; undefined until the first packet. */
  get activeStream(): ReceiveStream | undefined {
    return this.#active;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  bindingFor(payloadType: number): CodecBinding | undefined {
    return this.#bindings[payloadType];
  }

  /**
   * A new RTP stream of this Producer. It replaces the one with the same rid, or the one without a rid (the publisher
   * restarted); of several rids the first stays the one that is forwarded. Undefined when the payload type carries no media or
   * there are too many.
   */
  openStream(ssrc: number, rid: string | undefined, payloadType: number): ReceiveStream | undefined {
    const binding = this.#bindings[payloadType];
    if (binding === undefined || binding.associatedPayloadType !== undefined) return undefined;
    const replaced = this.streams.findIndex((stream) => stream.rid === rid);
    if (replaced === -1 && this.streams.length >= MAX_STREAMS_PER_PRODUCER) return undefined;
    const stream = new ReceiveStream(this.#pool, ssrc, rid, this.kind, binding.codec);
    const [closed] = replaced === -1 ? [] : this.streams.splice(replaced, 1);
    closed?.close();
    this.streams.push(stream);
    // Both undefined: the first stream of all.
    if (this.#active === closed) {
      this.#active = stream;
      this.#breakOff();
    }
    return stream;
  }

  /** Stops or resumes forwarding (a mute on the server). What came in between is never sent, not by retransmission either. */
  setPaused(isPaused: boolean, now: Instant): void {
    if (isPaused === this.isPaused) return;
    this.#isPaused = isPaused;
    if (isPaused) return;
    this.#breakOff();
    this.requestKeyFrame(now);
  }

  /** The next packet does not continue the last one; what still waits of this batch belongs to the past, and its slots may be gone. */
  #breakOff(): void {
    this.pendingCount = 0;
    for (const consumer of this.consumers) consumer.handleDiscontinuity();
  }

  /**
   * One plain packet of `stream`. True: its slot is kept here, and the caller has to call the Router's `markPending`.
   */
  handlePacket(stream: ReceiveStream, packet: MediaPacket, now: Instant, isRetransmission: boolean): boolean {
    const { header } = packet;
    const binding = this.#bindings[header.payloadType];
    if (binding === undefined || binding.associatedPayloadType !== undefined) return false;
    if (binding.isKeyFrame !== undefined && header.payloadBytes > 0) {
      packet.isKeyFrame = binding.isKeyFrame(this.#memory, header.payloadOffset, header.payloadBytes);
    }
    if (!stream.handlePacket(packet, binding, now, isRetransmission)) return false;
    if (this.#audioLevelId !== 0 && !this.#isPaused) {
      const level = readAudioLevel(this.#memory, header, this.#audioLevelId);
      if (level >= 0) this.activity.handleLevel(level);
    }
    // Packets without payload (padding of the publisher's congestion control) go on too: leaving them out would look like loss.
    if (stream !== this.#active || this.#isPaused) return true;
    this.lastPacketAt = now;
    this.pending[this.pendingCount++] = packet;
    if (this.onPacket !== undefined) this.onPacket(packet, now);
    return true;
  }

  /** A subscriber cannot go on without a key frame. */
  requestKeyFrame(now: Instant): void {
    if (this.kind === "video") this.#active?.keyFrames.request(now);
  }

  close(): void {
    for (const stream of this.streams) stream.close();
    this.streams.length = 0;
    this.#active = undefined;
    this.pendingCount = 0;
  }
}
