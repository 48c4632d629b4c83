import {
  type AddressId,
  type Instant,
  instant,
  type MediaCore,
  type PacketMemory,
  parseRtpHeader,
  RtpHeader,
  readTransportWideSequenceNumber,
  type TransportAddress,
  TransportFeedbackGenerator,
} from "@sluice/media";
import { RECEIVED_CODECS } from "../../media-file/codecs.js";
import { TRANSPORT_WIDE_ID } from "../../participant/headless-connection.js";
import type { MediaTap } from "../../participant/media-tap.js";
import { StreamCounter } from "./stream-counter.js";

/** Streams of one participant; more are not counted apart. */
const MAX_STREAMS = 256;

/** Payload types as we offer them; RTX is none of them, for it repeats or fills. */
const KIND_BY_PAYLOAD_TYPE = new Map(
  (["audio", "video"] as const).flatMap((kind) =>
    RECEIVED_CODECS[kind].filter(({ name }) => name !== "rtx").map(({ payloadType }) => [payloadType, kind] as const),
  ),
);

/**
 * A subscriber that looks at the headers of RTP packets and at nothing else: it counts them, and tells the node when they arrived
 * (transport-wide feedback), so that the node sends as to any other. Packets are not decrypted, and lost ones not asked for again: that is
 * several times as cheap, and what a thousand subscribers would otherwise spend on it would be the limit of the load.
 */
export class CountingTap implements MediaTap {
  readonly streams = new Map<number, StreamCounter>();
  readonly #core: MediaCore;
  readonly #memory: PacketMemory;
  readonly #handleFirst: () => void;
  readonly #header = new RtpHeader();
  readonly #arrivals = new TransportFeedbackGenerator();
  #isPatient = false;

  /** `handleFirst`: the first packet of media is here. */
  constructor(core: MediaCore, memory: PacketMemory, handleFirst: () => void) {
    this.#core = core;
    this.#memory = memory;
    this.#handleFirst = handleFirst;
  }

  /** While media flows: the kernel says when each packet arrived, so nothing that is measured depends on when it is read. */
  get isPatient(): boolean {
    return this.#isPatient;
  }

  get batchLimit(): number {
    return this.#core.batchLimit;
  }

  handleDatagram(offset: number, sizeBytes: number, address: AddressId, now: Instant, ageUs: number): boolean {
    const { bytes } = this.#memory;
    // RFC 7983 §7, RFC 5761 §4.
    const isRtp = ((bytes[offset] as number) & 0xc0) === 0x80 && ((bytes[offset + 1] as number) & 0xe0) !== 0xc0;
    if (!isRtp) return this.#core.handleDatagram(offset, sizeBytes, address, now, ageUs);
    const header = this.#header;
    if (!parseRtpHeader(this.#memory, offset, sizeBytes, header)) return false;
    const number = readTransportWideSequenceNumber(this.#memory, header, TRANSPORT_WIDE_ID);
    if (number >= 0) this.#arrivals.handlePacket(number, now, ageUs);
    // A node pads to find out how much there is room for; our publishers never do.
    const mediaBytes = header.hasPadding ? 0 : sizeBytes;
    this.#streamOf(header)?.handlePacket(header.sequenceNumber, header.timestamp, mediaBytes, instant(now - ageUs));
    return false;
  }

  handleUnknownDatagram(offset: number, sizeBytes: number, source: TransportAddress, now: Instant): void {
    this.#core.handleUnknownDatagram(offset, sizeBytes, source, now);
  }

  handleBatchEnd(now: Instant): void {
    this.#core.handleBatchEnd(now);
  }

  handleTick(now: Instant, transportId: string | undefined): void {
    const transport = transportId === undefined ? undefined : this.#core.transport(transportId);
    this.#isPatient = transport?.state.type === "connected" && this.streams.size > 0;
    if (transport === undefined || !this.#isPatient) return;
    for (let due = this.#poll(now); due !== undefined; due = this.#poll(now)) transport.sendRtcp([due]); // Alone, as browsers send it (RFC 5506).
  }

  #poll(now: Instant) {
    return this.#arrivals.pollFeedback(1, this.#header.ssrc, now);
  }

  #streamOf({ ssrc, payloadType }: RtpHeader): StreamCounter | undefined {
    const known = this.streams.get(ssrc);
    if (known !== undefined) return known;
    const kind = KIND_BY_PAYLOAD_TYPE.get(payloadType);
    if (kind === undefined || this.streams.size >= MAX_STREAMS) return undefined;
    if (this.streams.size === 0) this.#handleFirst();
    const stream = new StreamCounter(kind);
    this.streams.set(ssrc, stream);
    return stream;
  }
}
