import type { PacketMemory } from "../bytes/packet-memory.js";
import type { MediaPacket } from "../router/media-packet.js";
import type { Producer } from "../router/producer.js";
import type { ReceiveStream } from "../router/receive-stream.js";
import { readTextExtension } from "../rtp/header-extension.js";
import type { RtpHeader } from "../rtp/rtp-header.js";
import { EXTENSION_URI } from "../rtp/rtp-parameters.js";
import { decapsulateRtx } from "../rtp/rtx.js";
import type { Instant } from "../time/instant.js";

/** SSRCs one Transport may receive (JVB: 50 audio + 50 video). */
export const MAX_SSRCS = 128;

/** What an SSRC means. */
interface SsrcEntry {
  readonly producer: Producer;
  readonly rid: string | undefined;
  /** For an RTX stream: the SSRC it repairs; 0 until known. */
  readonly repairs: number | undefined;
  /** The stream its packets belong to, once there is one. */
  stream: ReceiveStream | undefined;
}

/** Which Producer each received SSRC belongs to: said by SDP, or by the packets' own MID and RID (RFC 8843 §9.2, RFC 8852). */
export class RtpReception {
  readonly #memory: PacketMemory;
  readonly #entries = new Map<number, SsrcEntry>();
  readonly #producersByMid = new Map<string, Producer>();
  readonly #producers = new Map<string, Producer>();
  #midId = 0;
  #ridId = 0;
  #repairedRidId = 0;
  /** Set by {@link accept}. */
  lastProducer: Producer | undefined;

  constructor(memory: PacketMemory) {
    this.#memory = memory;
  }

  get producers(): IterableIterator<Producer> {
    return this.#producers.values();
  }

  hasMid(mid: string): boolean {
    return this.#producersByMid.has(mid);
  }

  openProducer(producer: Producer): void {
    this.#producers.set(producer.id, producer);
    this.#producersByMid.set(producer.parameters.mid, producer);
    for (const { id, uri } of producer.parameters.headerExtensions) {
      if (uri === EXTENSION_URI.mid) this.#midId = id;
      else if (uri === EXTENSION_URI.rid) this.#ridId = id;
      else if (uri === EXTENSION_URI.repairedRid) this.#repairedRidId = id;
    }
    for (const { ssrc, rtxSsrc, rid } of producer.parameters.encodings) {
      if (ssrc !== undefined) this.#add(ssrc | 0, { producer, rid, repairs: undefined, stream: undefined });
      if (ssrc !== undefined && rtxSsrc !== undefined) {
        this.#add(rtxSsrc | 0, { producer, rid, repairs: ssrc | 0, stream: undefined });
      }
    }
  }

  /** Forgets a Producer; returns the SSRCs that were its. */
  closeProducer(producer: Producer): number[] {
    this.#producers.delete(producer.id);
    if (this.#producersByMid.get(producer.parameters.mid) === producer) this.#producersByMid.delete(producer.parameters.mid);
    const closed: number[] = [];
    for (const [ssrc, entry] of this.#entries) {
      if (entry.producer !== producer) continue;
      this.#entries.delete(ssrc);
      closed.push(ssrc);
    }
    return closed;
  }

  /** The stream with this SSRC, for reports. */
  streamFor(ssrc: number): { readonly producer: Producer; readonly stream: ReceiveStream } | undefined {
    const entry = this.#entries.get(ssrc | 0);
    return entry?.stream === undefined ? undefined : { producer: entry.producer, stream: entry.stream };
  }

  /**
   * Hands one plain packet to its Producer. 1: the slot is kept; 0: unwanted; -1: nobody knows the SSRC.
   * {@link lastProducer} tells which Producer took it.
   */
  accept(packet: MediaPacket, now: Instant): -1 | 0 | 1 {
    const { header } = packet;
    const entry = this.#entries.get(header.ssrc | 0) ?? this.#identify(header);
    if (entry === undefined) return -1;
    const { producer } = entry;
    this.lastProducer = producer;
    if (entry.repairs !== undefined || producer.bindingFor(header.payloadType)?.associatedPayloadType !== undefined) {
      return this.#acceptRetransmission(packet, entry, now);
    }
    let { stream } = entry;
    if (stream === undefined) {
      stream = producer.openStream(header.ssrc | 0, entry.rid, header.payloadType);
      if (stream === undefined) return 0;
      entry.stream = stream;
    }
    return producer.handlePacket(stream, packet, now, false) ? 1 : 0;
  }

  /** Takes the original packet out of its RTX envelope (RFC 4588 §4) and hands it on as if it had come in time. */
  #acceptRetransmission(packet: MediaPacket, entry: SsrcEntry, now: Instant): 0 | 1 {
    const { producer } = entry;
    const original = this.#originalStream(entry);
    const payloadType = producer.bindingFor(packet.header.payloadType)?.associatedPayloadType;
    if (original === undefined || payloadType === undefined) return 0;
    const { header } = packet;
    const sizeBytes = decapsulateRtx(this.#memory, packet.offset, header, original.ssrc >>> 0, payloadType, original.highest);
    if (sizeBytes < 0 || original.buffer.has(header.extendedSequenceNumber)) return 0;
    packet.sizeBytes = sizeBytes;
    return producer.handlePacket(original, packet, now, true) ? 1 : 0;
  }

  #originalStream(entry: SsrcEntry): ReceiveStream | undefined {
    if (entry.repairs !== undefined && entry.repairs !== 0) return this.#entries.get(entry.repairs)?.stream;
    return entry.producer.streams.find((stream) => stream.rid === entry.rid);
  }

  #identify(header: RtpHeader): SsrcEntry | undefined {
    const mid = readTextExtension(this.#memory, header, this.#midId);
    const producer = mid === undefined ? undefined : this.#producersByMid.get(mid);
    if (producer === undefined) return undefined;
    const isRtx = producer.bindingFor(header.payloadType)?.associatedPayloadType !== undefined;
    const rid = isRtx
      ? readTextExtension(this.#memory, header, this.#repairedRidId)
      : readTextExtension(this.#memory, header, this.#ridId);
    const declared = producer.parameters.encodings;
    if (rid !== undefined && !declared.some((encoding) => encoding.rid === rid)) return undefined;
    const entry: SsrcEntry = { producer, rid, repairs: isRtx ? 0 : undefined, stream: undefined };
    return this.#add(header.ssrc | 0, entry) ? entry : undefined;
  }

  #add(ssrc: number, entry: SsrcEntry): boolean {
    if (!this.#entries.has(ssrc) && this.#entries.size >= MAX_SSRCS) return false;
    this.#entries.set(ssrc, entry);
    return true;
  }
}
