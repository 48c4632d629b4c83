import type { Instant } from "../../time/instant.js";
import type { AssociationParameters } from "../handshake/association-parameters.js";
import type { SctpConstants } from "../sctp-constants.js";
import type { SctpCounters } from "../sctp-counters.js";
import { extendTsn } from "../serial-number.js";
import type { DataChunk, ForwardTsnChunk } from "../wire/chunk.js";
import { serializeSack } from "../wire/sack-chunk.js";
import { type AssembledMessage, FragmentAssembler, type IncomingMessage } from "./fragment-assembler.js";
import { InboundStreams } from "./inbound-streams.js";
import { ReceivedTsns } from "./received-tsns.js";
import { SackSchedule } from "./sack-schedule.js";

/** Incomplete messages for each gap that there may be: two at each end, and as many that were given up half-way. */
const MAX_RUNS_PER_GAP = 4;

/** An increase of the window that is worth a SACK of its own, as a share of the whole (RFC 9260 §6.2; silly windows: RFC 1122 §4.2.3.3). */
const WINDOW_UPDATE_SHARE = 1 / 4;

/** What a DATA chunk led to; everything but "taken" has been counted. */
export type DataOutcome = "taken" | "dropped" | "invalidStream" | "outOfResource";

/**
 * The receiving half of an established association: what has arrived, what is complete, what the peer is told of it.
 *
 * All that is held, messages that nobody has read included, stays within the receive buffer, and the window that the peer sees is
 * what is left of it.
 */
export class DataReceiver {
  readonly schedule: SackSchedule;
  readonly #constants: SctpConstants;
  readonly #counters: SctpCounters;
  readonly #inboundStreams: number;
  readonly #received: ReceivedTsns;
  readonly #assembler: FragmentAssembler;
  readonly #streams: InboundStreams;
  readonly #deliver: (message: IncomingMessage) => void;
  #unreadBytes = 0;
  #announcedWindowBytes: number;
  #isUrgent = false;

  /** What `deliver` gets counts as held until {@link handleRead}. */
  constructor(
    constants: SctpConstants,
    counters: SctpCounters,
    parameters: AssociationParameters,
    deliver: (message: IncomingMessage) => void,
  ) {
    this.#deliver = deliver;
    this.#constants = constants;
    this.#counters = counters;
    this.#inboundStreams = parameters.inboundStreams;
    this.#received = new ReceivedTsns(parameters.peerInitialTsn, constants.maxGapRanges);
    this.#assembler = new FragmentAssembler(constants.maxMessageBytes, constants.messageOverheadBytes);
    this.#streams = new InboundStreams(constants, (message) => this.#handleComplete(message));
    this.schedule = new SackSchedule(constants.sackDelayMs);
    this.#announcedWindowBytes = constants.receiveBufferBytes;
  }

  get cumulativeTsn(): number {
    return this.#received.cumulativeTsn;
  }

  /** Everything that is held, bytes. */
  get heldBytes(): number {
    return this.#assembler.heldBytes + this.#streams.heldBytes + this.#unreadBytes;
  }

  /** a_rwnd, bytes. */
  get windowBytes(): number {
    return Math.max(0, this.#constants.receiveBufferBytes - this.heldBytes);
  }

  /** "outOfResource": the peer fills our memory with what can never be delivered; the association must end. */
  handleData(chunk: DataChunk): DataOutcome {
    const tsn = extendTsn(chunk.tsn, this.#received.cumulativeTsn);
    const judgement = this.#received.judge(tsn);
    if (chunk.isImmediate) this.#isUrgent = true;
    if (judgement === "duplicate") {
      this.#counters.duplicate++;
      this.#received.addDuplicate(chunk.tsn);
      this.#isUrgent = true;
      return "dropped";
    }
    if (judgement === "tooFar" || !this.#hasRoom(chunk, tsn)) {
      this.#counters.noBuffer++;
      this.#isUrgent = true;
      return "dropped";
    }
    this.#received.add(tsn);
    if (chunk.streamId >= this.#inboundStreams) {
      this.#counters.invalidStream++;
      return "invalidStream";
    }
    const message = this.#assembler.add(chunk, tsn);
    if (message !== undefined && !this.#streams.add(message)) this.#counters.duplicate++;
    if (this.#received.hasGap) this.#isUrgent = true;
    return this.#isExhausted ? "outOfResource" : "taken";
  }

  /** [RFC3758 §3.6] */
  handleForwardTsn(chunk: ForwardTsnChunk): void {
    const tsn = extendTsn(chunk.cumulativeTsn, this.#received.cumulativeTsn);
    this.schedule.handleUrgent();
    if (!this.#received.forward(tsn)) return;
    this.#assembler.forget(tsn);
    for (const { streamId, ssn } of chunk.streams) if (streamId < this.#inboundStreams) this.#streams.skip(streamId, ssn);
  }

  /** [RFC6525 §5.2.2] No ids: all streams. */
  resetStreams(streamIds: readonly number[]): void {
    if (streamIds.length === 0) this.#streams.reset();
    for (const streamId of streamIds) this.#streams.reset(streamId);
  }

  /** After all chunks of a packet that had DATA. */
  handlePacketEnd(now: Instant): void {
    this.schedule.handlePacket(this.#isUrgent, now);
    this.#isUrgent = false;
  }

  /** Somebody has taken a message: there is room for more. */
  handleRead(message: IncomingMessage): void {
    this.#unreadBytes -= this.#costBytes(message);
    // A sender that was told of a closed window waits to hear of it.
    const opened = this.windowBytes - this.#announcedWindowBytes;
    if (opened >= this.#constants.receiveBufferBytes * WINDOW_UPDATE_SHARE) this.schedule.handleUrgent();
  }

  serializeSack(maxBytes: number): Uint8Array {
    this.#announcedWindowBytes = this.windowBytes;
    this.schedule.handleSent();
    const { cumulativeTsn } = this.#received;
    return serializeSack(
      cumulativeTsn,
      this.#announcedWindowBytes,
      this.#received.gaps(),
      this.#received.takeDuplicates(),
      maxBytes,
    );
  }

  #hasRoom(chunk: DataChunk, tsn: number): boolean {
    const { receiveBufferBytes, messageOverheadBytes } = this.#constants;
    const costBytes = chunk.payload.length + messageOverheadBytes;
    if (this.heldBytes + costBytes <= receiveBufferBytes) return true;
    // The next TSN may complete what everything else waits for; but not while it is our reader who is slow.
    return tsn === this.#received.cumulativeTsn + 1 && this.#unreadBytes + costBytes <= receiveBufferBytes / 2;
  }

  get #isExhausted(): boolean {
    const { receiveBufferBytes, maxMessageBytes, maxGapRanges } = this.#constants;
    if (this.#assembler.runs > MAX_RUNS_PER_GAP * maxGapRanges) return true;
    return this.heldBytes > receiveBufferBytes + maxMessageBytes;
  }

  #handleComplete(message: AssembledMessage): void {
    if (message.isOversized) {
      this.#counters.oversized++;
      return;
    }
    this.#unreadBytes += this.#costBytes(message);
    this.#deliver(message);
  }

  #costBytes({ payload }: IncomingMessage): number {
    return payload.length + this.#constants.messageOverheadBytes;
  }
}
