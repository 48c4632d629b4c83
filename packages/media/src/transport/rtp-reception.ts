import type { PacketMemory } from "../bytes/packet-memory.js";
import type { MediaPacket } from "../router/media-packet.js";
import type { PacketOutcome, Producer } from "../router/producer.js";
import type { ReceiveStream } from "../router/receive-stream.js";
import { TokenBucket } from "../router/token-bucket.js";
import { readTextExtension, readTransportWideSequenceNumber } from "../rtp/header-extension.js";
import type { RtpHeader } from "../rtp/rtp-header.js";
import { EXTENSION_URI } from "../rtp/rtp-parameters.js";
import { decapsulateRtx } from "../rtp/rtx.js";
import { MAX_SRTP_STREAMS } from "../srtp/srtp-receiver.js";
import type { Instant } from "../time/instant.js";
import { CongestionFeedback } from "./congestion-feedback.js";

/**
 * SSRCs of ended streams that are remembered, so that replayed packets of theirs revive nothing; a publisher that restarts more
 * often than that has the oldest forgotten.
 */
export const MAX_ENDED_SSRCS = 48;

/** SSRCs that belong to no Producer and have SRTP state: media that comes before its description or after its end. */
export const MAX_STRAY_SSRCS = 16;

/** SSRCs one Transport may receive (JVB: 50 audio + 50 video). */
export const MAX_SSRCS = MAX_SRTP_STREAMS - MAX_STRAY_SSRCS;

/** How often a peer may begin to send from an SSRC that SDP did not name: each costs 80 µs and 80 kB. A restart of all needs a few. */
export const NEW_SSRCS = { perSecond: 10, burst: 64 } as const;

/** What an SSRC means. */
interface SsrcEntry {
  readonly producer: Producer;
  readonly rid: string | undefined;
  readonly isRtx: boolean;
  /** For an RTX stream that SDP declared: the SSRC it repairs. */
  readonly repairs: number | undefined;
  /** The stream its packets belong to (for RTX: the one it repairs), once there is one. May be closed. */
  stream: ReceiveStream | undefined;
}

/** Which Producer each received SSRC belongs to: said by SDP, or by the packets' own MID and RID (RFC 8843 §9.2, RFC 8852). */
export class RtpReception {
  readonly #memory: PacketMemory;
  readonly #forget: (ssrc: number) => void;
  readonly #entries = new Map<number, SsrcEntry>();
  /** Least recently heard first. */
  readonly #strays: number[] = [];
  readonly #newSsrcs = new TokenBucket(NEW_SSRCS.perSecond, NEW_SSRCS.burst);
  readonly #producersByMid = new Map<string, Producer>();
  readonly #producers = new Map<string, Producer>();
  #midId = 0;
  #ridId = 0;
  #repairedRidId = 0;
  #transportNumberId = 0;
  /** What the peer's congestion control is told. */
  readonly congestion = new CongestionFeedback();
  /** Set by {@link accept}. */
  lastProducer: Producer | undefined;

  /** `forget` is told each SSRC of which nothing needs to be remembered any more, not by SRTP either. */
  constructor(memory: PacketMemory, forget: (ssrc: number) => void = () => undefined) {
    this.#memory = memory;
    this.#forget = forget;
  }

  /** The peer publishes. */
  get hasProducers(): boolean {
    return this.#producers.size > 0;
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
      else if (uri === EXTENSION_URI.transportWideSequenceNumber) this.#transportNumberId = id;
    }
    for (const { ssrc, rtxSsrc, rid } of producer.parameters.encodings) {
      if (ssrc === undefined) continue;
      this.#add(ssrc | 0, { producer, rid, isRtx: false, repairs: undefined, stream: undefined });
      if (rtxSsrc !== undefined) this.#add(rtxSsrc | 0, { producer, rid, isRtx: true, repairs: ssrc | 0, stream: undefined });
    }
  }

  /** Forgets a Producer and its SSRCs. */
  closeProducer(producer: Producer): void {
    this.#producers.delete(producer.id);
    if (this.#producersByMid.get(producer.parameters.mid) === producer) this.#producersByMid.delete(producer.parameters.mid);
    for (const [ssrc, entry] of this.#entries) if (entry.producer === producer) this.#remove(ssrc);
  }

  /** The stream with this SSRC, for reports. */
  streamFor(ssrc: number): { readonly producer: Producer; readonly stream: ReceiveStream } | undefined {
    const entry = this.#entries.get(ssrc | 0);
    return entry?.stream === undefined || entry.isRtx ? undefined : { producer: entry.producer, stream: entry.stream };
  }

  /**
   * Hands one plain packet to its Producer. -1: nobody knows the SSRC.
   * {@link lastProducer} tells which Producer took it.
   */
  accept(packet: MediaPacket, now: Instant): PacketOutcome | -1 {
    const { header } = packet;
    if (this.#transportNumberId > 0) {
      const number = readTransportWideSequenceNumber(this.#memory, header, this.#transportNumberId);
      if (number >= 0) this.congestion.handlePacket(number, header.ssrc, now, packet.ageUs);
    }
    const entry = this.#entries.get(header.ssrc | 0) ?? this.#identify(header, now);
    if (entry === undefined) return -1;
    const { producer } = entry;
    this.lastProducer = producer;
    if (entry.isRtx || producer.bindingFor(header.payloadType)?.associatedPayloadType !== undefined) {
      return this.#acceptRetransmission(packet, entry, now);
    }
    let { stream } = entry;
    if (stream === undefined) {
      stream = producer.openStream(header.ssrc | 0, entry.rid, header.payloadType);
      if (stream === undefined) return 0;
      entry.stream = stream;
      this.#forgetEnded();
    }
    return producer.handlePacket(stream, packet, now, false);
  }

  /**
   * An authentic packet came from this SSRC and no Producer has it. SRTP needs its rollover counter should a Producer claim it
   * later, but a peer may have any number of them over time, so only the latest are kept.
   */
  handleStray(ssrc: number): void {
    if (this.#entries.has(ssrc | 0)) return;
    const index = this.#strays.indexOf(ssrc | 0);
    if (index !== -1) this.#strays.splice(index, 1);
    this.#strays.push(ssrc | 0);
    if (this.#strays.length <= MAX_STRAY_SSRCS) return;
    const oldest = this.#strays.shift();
    if (oldest !== undefined && !this.#entries.has(oldest)) this.#forget(oldest);
  }

  /** Takes the original packet out of its RTX envelope (RFC 4588 §4) and hands it on as if it had come in time. */
  #acceptRetransmission(packet: MediaPacket, entry: SsrcEntry, now: Instant): PacketOutcome {
    const { producer } = entry;
    const { header } = packet;
    const payloadType = producer.bindingFor(header.payloadType)?.associatedPayloadType;
    const original = this.#originalOf(entry);
    if (original === undefined || payloadType === undefined) return 0;
    const sizeBytes = decapsulateRtx(this.#memory, packet.offset, header, original.ssrc >>> 0, payloadType, original.highest);
    if (sizeBytes < 0) return 0;
    packet.sizeBytes = sizeBytes;
    return producer.handlePacket(original, packet, now, true);
  }

  /** The stream that an RTX stream repairs: the one SDP named, or the Producer's present one with the same rid (RFC 8852 §3). */
  #originalOf(entry: SsrcEntry): ReceiveStream | undefined {
    if (entry.stream !== undefined) return entry.stream;
    const stream =
      entry.repairs === undefined
        ? entry.producer.streams.find(({ rid }) => rid === entry.rid)
        : this.#entries.get(entry.repairs)?.stream;
    if (entry.isRtx) entry.stream = stream;
    return stream;
  }

  #identify(header: RtpHeader, now: Instant): SsrcEntry | undefined {
    const mid = readTextExtension(this.#memory, header, this.#midId);
    const producer = mid === undefined ? undefined : this.#producersByMid.get(mid);
    if (producer === undefined) return undefined;
    const isRtx = producer.bindingFor(header.payloadType)?.associatedPayloadType !== undefined;
    const rid = isRtx
      ? readTextExtension(this.#memory, header, this.#repairedRidId)
      : readTextExtension(this.#memory, header, this.#ridId);
    const declared = producer.parameters.encodings;
    if (rid !== undefined && !declared.some((encoding) => encoding.rid === rid)) return undefined;
    if (!this.#newSsrcs.take(1, now)) return undefined;
    const entry: SsrcEntry = { producer, rid, isRtx, repairs: undefined, stream: undefined };
    return this.#add(header.ssrc | 0, entry) ? entry : undefined;
  }

  #add(ssrc: number, entry: SsrcEntry): boolean {
    if (!this.#entries.has(ssrc) && this.#entries.size >= MAX_SSRCS) return false;
    this.#entries.set(ssrc, entry);
    return true;
  }

  #remove(ssrc: number): void {
    this.#entries.delete(ssrc);
    this.#forget(ssrc);
  }

  /** After a restart; a Map keeps the order of insertion, so the oldest come first. */
  #forgetEnded(): void {
    const ended = [...this.#entries].filter(([, { stream }]) => stream?.isClosed === true);
    for (const [ssrc] of ended.slice(0, Math.max(0, ended.length - MAX_ENDED_SSRCS))) this.#remove(ssrc);
  }
}
