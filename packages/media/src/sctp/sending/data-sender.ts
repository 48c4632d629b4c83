import { after, elapsedMs, type Instant } from "../../time/instant.js";
import type { AssociationParameters } from "../handshake/association-parameters.js";
import { maxFragmentBytes, type SctpConstants } from "../sctp-constants.js";
import type { SctpCounters } from "../sctp-counters.js";
import { extendTsn } from "../serial-number.js";
import { DATA_HEADER_BYTES, type SackChunk } from "../wire/chunk.js";
import { serializeForwardTsn } from "../wire/forward-tsn-chunk.js";
import type { PacketWriter } from "../wire/packet-writer.js";
import { CongestionWindow } from "./congestion-window.js";
import type { OutgoingQueue } from "./outgoing-queue.js";
import { type OutstandingChunk, OutstandingChunks } from "./outstanding-chunks.js";
import { RetransmissionTimeout } from "./retransmission-timeout.js";

/** A long message fills the rest of a packet only when so much of it fits, bytes: smaller pieces cost more than they bring. */
const MIN_FRAGMENT_BYTES = 256;

/** The sending half of an established association: what leaves when (RFC 9260 §6.1–6.3, §7). */
export class DataSender {
  readonly timeout: RetransmissionTimeout;
  readonly #queue: OutgoingQueue;
  readonly #outstanding: OutstandingChunks;
  readonly #window: CongestionWindow;
  readonly #maxFragmentBytes: number;
  /** The peer's receive window less what is under way, bytes. */
  #peerWindowBytes: number;
  /** When T3-rtx expires. */
  #retransmitAt: Instant | undefined;
  #lastSentAt: Instant | undefined;
  /** Up to here the peer has been told to move on, since the last SACK or timeout. Extended. */
  #forwardedTsn = 0;
  /** [RFC9260 §7.2.4 (3)] The first packet of a fast retransmission leaves whatever the window says. */
  #isRetransmittingFast = false;

  constructor(constants: SctpConstants, counters: SctpCounters, queue: OutgoingQueue, parameters: AssociationParameters) {
    this.timeout = new RetransmissionTimeout(constants);
    this.#queue = queue;
    this.#outstanding = new OutstandingChunks(constants, counters, queue, parameters);
    this.#window = new CongestionWindow(constants, parameters.peerWindowBytes);
    this.#maxFragmentBytes = maxFragmentBytes(constants);
    this.#peerWindowBytes = parameters.peerWindowBytes;
  }

  /** Last TSN that has left. */
  get lastTsn(): number {
    return this.#outstanding.nextTsn - 1;
  }

  get congestionWindowBytes(): number {
    return this.#window.bytes;
  }

  /** Everything has arrived. */
  get isDrained(): boolean {
    return this.#queue.isEmpty && this.#outstanding.length === 0;
  }

  /** Whether {@link fill} would write something. */
  hasWork(now: Instant): boolean {
    return this.#mustForward || (this.#isOpen && this.#outstanding.hasLost) || this.#nextFragmentBytes(now) > 0;
  }

  /** False: it acknowledges what was never sent. */
  handleSack(sack: SackChunk, now: Instant): boolean {
    const cumulativeTsn = extendTsn(sack.cumulativeTsn, this.#outstanding.cumulativeTsn);
    if (cumulativeTsn > this.lastTsn) return false;
    // [RFC9260 §6.2.1 D i] Older than one that has been seen.
    if (cumulativeTsn < this.#outstanding.cumulativeTsn) return true;
    const { flightBytes } = this.#outstanding;
    const wasRecovering = this.#window.isRecovering;
    const acked = this.#outstanding.acknowledge(cumulativeTsn, sack.gaps, now);
    if (acked.roundTripMs !== undefined) this.timeout.handleRoundTrip(acked.roundTripMs);
    this.#window.handleAcked(acked.ackedBytes, flightBytes, acked.hasAdvanced, cumulativeTsn);
    // [RFC9260 §7.2.4] In recovery an advance counts against all that is missing, otherwise only what the new ones overtook.
    const lastGap = sack.gaps[sack.gaps.length - 1];
    const isReported = wasRecovering && acked.hasAdvanced && lastGap !== undefined;
    const overtakenTsn = isReported ? cumulativeTsn + lastGap : acked.highestNewTsn;
    if (this.#outstanding.handleOvertaken(overtakenTsn, now) && this.#window.handleLoss(this.lastTsn)) {
      this.#isRetransmittingFast = true;
    }
    this.#peerWindowBytes = Math.max(0, sack.windowBytes - this.#outstanding.flightBytes);
    this.#afterAcknowledgement(acked.hasAdvanced, now);
    return true;
  }

  /** The cumulative TSN of a SHUTDOWN: as a SACK without anything else. */
  handleCumulativeTsn(wireTsn: number, now: Instant): void {
    const cumulativeTsn = extendTsn(wireTsn, this.#outstanding.cumulativeTsn);
    if (cumulativeTsn <= this.#outstanding.cumulativeTsn || cumulativeTsn > this.lastTsn) return;
    this.#outstanding.acknowledge(cumulativeTsn, [], now);
    this.#afterAcknowledgement(true, now);
  }

  pollTimeout(): Instant | undefined {
    return this.#retransmitAt;
  }

  /** True when T3-rtx has expired. */
  handleTimeout(now: Instant): boolean {
    if (this.#retransmitAt === undefined || this.#retransmitAt > now) return false;
    this.timeout.handleTimeout();
    this.#window.handleTimeout();
    this.#isRetransmittingFast = false;
    this.#outstanding.handleTimeout(now);
    this.#forwardedTsn = 0;
    this.#restartTimer(now);
    return true;
  }

  /** Writes what may leave now into a packet. */
  fill(writer: PacketWriter, now: Instant): void {
    let isResending = false;
    for (let lost = this.#nextLost(now); lost !== undefined; lost = this.#nextLost(now)) {
      if (lost.end - lost.start + DATA_HEADER_BYTES > writer.remainingBytes) break;
      this.#outstanding.resend(lost, now);
      this.#write(writer, lost, now);
      isResending = true;
      // [RFC9260 §6.3.2 R3] A timer that runs on would give the retransmission less than its time.
      if (lost.tsn === this.#outstanding.cumulativeTsn + 1) this.#restartTimer(now);
    }
    if (isResending) this.#isRetransmittingFast = false;
    for (;;) {
      const sizeBytes = Math.min(this.#nextFragmentBytes(now), writer.remainingBytes - DATA_HEADER_BYTES);
      const message = sizeBytes > 0 ? this.#queue.next(now) : undefined;
      if (message === undefined) break;
      // Short messages stay whole; of a long one a piece must be worth its header.
      if (sizeBytes < Math.min(message.remainingBytes, this.#maxFragmentBytes)) {
        if (message.payload.length <= this.#maxFragmentBytes || sizeBytes < MIN_FRAGMENT_BYTES) break;
      }
      this.#handleIdle(now);
      const chunk = this.#outstanding.send(message, sizeBytes, now);
      this.#peerWindowBytes = Math.max(0, this.#peerWindowBytes - sizeBytes);
      this.#write(writer, chunk, now);
    }
    this.#forward(writer, now);
  }

  get #isOpen(): boolean {
    return this.#outstanding.flightBytes < this.#window.bytes || this.#isRetransmittingFast;
  }

  get #mustForward(): boolean {
    return this.#outstanding.advancedTsn > Math.max(this.#outstanding.cumulativeTsn, this.#forwardedTsn);
  }

  #nextLost(now: Instant): OutstandingChunk | undefined {
    return this.#isOpen ? this.#outstanding.nextLost(now) : undefined;
  }

  /** How much of the next message may be sent now, bytes; 0: nothing. */
  #nextFragmentBytes(now: Instant): number {
    if (this.#outstanding.flightBytes >= this.#window.bytes || this.#outstanding.hasLost) return 0;
    const message = this.#queue.next(now);
    if (message === undefined) return 0;
    if (message.sentBytes > 0 && this.#outstanding.isExpired(message, now)) {
      this.#outstanding.abandon(message, now);
      return this.#nextFragmentBytes(now);
    }
    const sizeBytes = Math.min(message.remainingBytes, this.#maxFragmentBytes);
    // [RFC9260 §6.1 A] A closed window is probed with one chunk at a time.
    return sizeBytes <= this.#peerWindowBytes || this.#outstanding.flightBytes === 0 ? sizeBytes : 0;
  }

  #forward(writer: PacketWriter, now: Instant): void {
    if (!this.#mustForward) return;
    const streams = this.#outstanding.abandonedStreams();
    if (!writer.append(serializeForwardTsn(this.#outstanding.advancedTsn, streams))) return;
    this.#forwardedTsn = this.#outstanding.advancedTsn;
    this.#retransmitAt ??= after(now, this.timeout.ms);
  }

  #write(writer: PacketWriter, chunk: OutstandingChunk, now: Instant): void {
    const { message, tsn, start, end, isBeginning, isEnding } = chunk;
    const { streamId, ssn, ppid, isUnordered, payload } = message;
    writer.appendData({ tsn, streamId, ssn, ppid, isUnordered, isBeginning, isEnding }, payload, start, end);
    this.#lastSentAt = now;
    this.#retransmitAt ??= after(now, this.timeout.ms);
  }

  #handleIdle(now: Instant): void {
    if (this.#lastSentAt === undefined || this.#outstanding.length > 0) return;
    if (elapsedMs(this.#lastSentAt, now) > this.timeout.ms) this.#window.handleIdle();
  }

  #afterAcknowledgement(hasAdvanced: boolean, now: Instant): void {
    if (this.#outstanding.length === 0) {
      this.#retransmitAt = undefined;
      this.#window.handleDrained();
    } else if (hasAdvanced) {
      this.#restartTimer(now);
    }
    // [RFC3758 §3.5 C3] Said again, if it has not been heard.
    this.#forwardedTsn = 0;
  }

  #restartTimer(now: Instant): void {
    this.#retransmitAt = after(now, this.timeout.ms);
  }
}
