import type { PacketMemory } from "../bytes/packet-memory.js";
import type { PacketPool } from "../bytes/packet-pool.js";
import { parseRtpHeader } from "../rtp/rtp-header.js";
import type { Instant } from "../time/instant.js";
import type { ProducerParameters } from "../transport/parameters.js";
import { MediaPacket } from "./media-packet.js";
import type { PacketQueue, PacketReceiver } from "./packet-receiver.js";
import { PACKET_OUTCOME, type Producer } from "./producer.js";
import type { ReceiveStream } from "./receive-stream.js";

export interface ProducerCopyOptions {
  readonly memory: PacketMemory;
  readonly pool: PacketPool;
  readonly original: Producer;
  /** In the other Router; opened with {@link copyParameters}. */
  readonly producer: Producer;
  /** Of several encodings this one alone, 0 being the lowest; undefined: all of them. */
  readonly layer: number | undefined;
  /** The copy has something to forward. */
  readonly handlePending: () => void;
}

/**
 * Feeds a Producer of one Router with the packets of another Router's on the same worker, of one encoding or of all, as they came.
 *
 * To the original it is one more receiver; behind the copy everything is as behind any Producer, with a buffer of its own. Nothing
 * gets lost between the two, so the copy asks for no packets again; key frames it asks of the original.
 */
export class ProducerCopy implements PacketReceiver, PacketQueue {
  readonly original: Producer;
  readonly producer: Producer;
  readonly outlet: PacketQueue = this;
  readonly #memory: PacketMemory;
  readonly #pool: PacketPool;
  readonly #layer: number | undefined;
  readonly #handlePending: () => void;
  /** Those before {@link #used} wait in the copy to be forwarded. */
  readonly #packets: MediaPacket[] = [];
  #used = 0;

  constructor({ memory, pool, original, producer, layer, handlePending }: ProducerCopyOptions) {
    this.#memory = memory;
    this.#pool = pool;
    this.original = original;
    this.producer = producer;
    this.#layer = layer;
    this.#handlePending = handlePending;
  }

  enqueue(): boolean {
    return true;
  }

  drain(now: Instant): void {
    if (!this.producer.isQueued) this.#used = 0;
    const { original } = this;
    for (let index = 0; index < original.pendingCount; index++) this.#copy(original.pending[index] as MediaPacket, now);
    this.#handlePending();
  }

  /** Everything is sent in {@link drain}. */
  sendPending(): void {}

  isWatching(stream: ReceiveStream): boolean {
    if (this.#layer !== undefined && stream.encoding !== this.#layer) return false;
    const own = this.#find(stream);
    return own === undefined || this.producer.isWatched(own);
  }

  handleDiscontinuity(stream: ReceiveStream): void {
    const own = this.#find(stream);
    if (own !== undefined) this.producer.breakOff(own);
  }

  requestKeyFrame(now: Instant): void {
    for (const consumer of this.producer.consumers) consumer.requestKeyFrame(now);
  }

  handleProducerPaused(now: Instant): void {
    for (const consumer of this.producer.consumers) consumer.handleProducerPaused(now);
  }

  /** Hands on what the copy asks for, every few ms. */
  handleTick(now: Instant): void {
    for (const { keyFrames, encoding } of this.producer.streams) {
      if (keyFrames.pollRequest(now)) this.original.requestKeyFrame(now, this.#layer ?? encoding);
    }
  }

  #copy({ header, offset, sizeBytes, stream }: MediaPacket, now: Instant): void {
    const own = stream === undefined ? undefined : this.#streamOf(stream, header.payloadType, now);
    const slot = own === undefined ? -1 : this.#pool.take();
    if (own === undefined || slot === -1) return;
    this.#memory.bytes.copyWithin(slot, offset, offset + sizeBytes);
    let packet = this.#packets[this.#used];
    if (packet === undefined) {
      packet = new MediaPacket();
      this.#packets.push(packet);
    }
    packet.reset(slot, sizeBytes);
    const isRead = parseRtpHeader(this.#memory, slot, sizeBytes, packet.header);
    packet.header.extendedSequenceNumber = header.extendedSequenceNumber;
    if (isRead && this.producer.handlePacket(own, packet, now, true) === PACKET_OUTCOME.kept) this.#used++;
    else this.#pool.release(slot);
  }

  #streamOf(stream: ReceiveStream, payloadType: number, now: Instant): ReceiveStream | undefined {
    if (this.#layer !== undefined && stream.encoding !== this.#layer) return undefined;
    const existing = this.#find(stream);
    // One encoding alone has no name.
    const rid = this.#layer === undefined ? stream.rid : undefined;
    const own = existing ?? this.producer.openStream(stream.ssrc, rid, payloadType);
    // It begins in the middle of what the original sends.
    if (existing === undefined && stream.kind === "video") own?.keyFrames.request(now);
    if (own !== undefined) own.senderReport = stream.senderReport;
    return own;
  }

  #find({ ssrc }: ReceiveStream): ReceiveStream | undefined {
    for (const own of this.producer.streams) if (own.ssrc === ssrc) return own;
    return undefined;
  }
}

/**
 * Of a copy: as the original, but without asking for packets that are lost, which the original does. `layer`: see
 * {@link ProducerCopyOptions}.
 */
export function copyParameters({ parameters }: Producer, producerId: string, layer: number | undefined): ProducerParameters {
  const codecs = parameters.codecs.map((codec) => ({ ...codec, feedback: codec.feedback.filter((each) => each !== "nack") }));
  const encodings = layer === undefined ? parameters.encodings : [];
  return { producerId, rtp: { ...parameters, codecs, encodings }, isPaused: false };
}
