import { elapsedMs, type Instant } from "../../time/instant.js";
import { Fifo } from "../fifo.js";
import type { AssociationParameters } from "../handshake/association-parameters.js";
import { maxFragmentBytes, type SctpConstants } from "../sctp-constants.js";
import type { SctpCounters } from "../sctp-counters.js";
import type { OutgoingMessage } from "./outgoing-message.js";
import type { OutgoingQueue } from "./outgoing-queue.js";

/** One fragment that has left and that the cumulative TSN has not reached. Its state is what is believed of it. */
export interface OutstandingChunk {
  readonly message: OutgoingMessage;
  /** Extended. */
  readonly tsn: number;
  /** Of the message's payload. */
  readonly start: number;
  readonly end: number;
  readonly isBeginning: boolean;
  readonly isEnding: boolean;
  /** `acked`: by a gap block; `lost`: to be sent again; `abandoned`: the peer is to be told to forget it. */
  state: "inFlight" | "acked" | "lost" | "abandoned";
  transmissions: number;
  /** Only what was sent after this one can tell that it is missing. Extended TSN. */
  missableAboveTsn: number;
  misses: number;
  sentAt: Instant;
}

export interface Acknowledgement {
  readonly ackedBytes: number;
  readonly hasAdvanced: boolean;
  /** [RFC9260 §7.2.4] Of those that are new in it; 0 when there are none. */
  readonly highestNewTsn: number;
  readonly roundTripMs: number | undefined;
}

/** Streams that one FORWARD TSN may name: they fit into a packet. */
const MAX_FORWARDED_STREAMS = 256;

/**
 * The DATA chunks that are under way, by TSN: what a SACK says of them, which are lost, which are given up (RFC 9260 §6.2.1, §6.3.3,
 * §7.2.4; RFC 3758 §3.5).
 */
export class OutstandingChunks {
  readonly #constants: SctpConstants;
  readonly #counters: SctpCounters;
  readonly #queue: OutgoingQueue;
  /** The peer can be told to forget. */
  readonly #canAbandon: boolean;
  readonly #chunks = new Fifo<OutstandingChunk>();
  /** Of the first chunk, or of the next one to be sent. Extended. */
  #firstTsn: number;
  #flightBytes = 0;
  #lost = 0;
  /** No lost chunk is below it. */
  #lowestLostTsn = 0;
  /** The chunk whose round trip is measured: one at a time. */
  #timedTsn: number | undefined;
  /** Advanced.Peer.Ack.Point (RFC 3758 §3.5 C1). */
  #advancedTsn: number;

  constructor(constants: SctpConstants, counters: SctpCounters, queue: OutgoingQueue, parameters: AssociationParameters) {
    this.#constants = constants;
    this.#counters = counters;
    this.#queue = queue;
    this.#canAbandon = parameters.hasForwardTsn;
    this.#firstTsn = parameters.localInitialTsn;
    this.#advancedTsn = parameters.localInitialTsn - 1;
  }

  get length(): number {
    return this.#chunks.length;
  }

  /** The last TSN that the peer has acknowledged with all before it. */
  get cumulativeTsn(): number {
    return this.#firstTsn - 1;
  }

  get nextTsn(): number {
    return this.#firstTsn + this.#chunks.length;
  }

  /** Payload believed to be under way, bytes. */
  get flightBytes(): number {
    return this.#flightBytes;
  }

  get hasLost(): boolean {
    return this.#lost > 0;
  }

  /** The peer has to be told to move on to here; equal to {@link cumulativeTsn} when it has not. */
  get advancedTsn(): number {
    return Math.max(this.#advancedTsn, this.cumulativeTsn);
  }

  /** The next `sizeBytes` of `message` leave now. */
  send(message: OutgoingMessage, sizeBytes: number, now: Instant): OutstandingChunk {
    const tsn = this.nextTsn;
    const start = message.sentBytes;
    this.#queue.advance(message, sizeBytes);
    if (start === 0) message.firstTsn = tsn;
    message.lastTsn = tsn;
    const end = start + sizeBytes;
    const chunk = this.#create(message, start, end, "inFlight", now);
    this.#flightBytes += sizeBytes;
    this.#timedTsn ??= tsn;
    return chunk;
  }

  /** A lost chunk leaves once more. */
  resend(chunk: OutstandingChunk, now: Instant): void {
    chunk.state = "inFlight";
    chunk.transmissions++;
    chunk.misses = 0;
    chunk.missableAboveTsn = this.nextTsn - 1;
    chunk.sentAt = now;
    this.#lost--;
    this.#flightBytes += chunk.end - chunk.start;
  }

  /** The lost chunk with the lowest TSN; those that are too late are given up. */
  nextLost(now: Instant): OutstandingChunk | undefined {
    for (let tsn = Math.max(this.#lowestLostTsn, this.#firstTsn); this.#lost > 0 && tsn < this.nextTsn; tsn++) {
      this.#lowestLostTsn = tsn;
      const chunk = this.#at(tsn);
      if (chunk?.state !== "lost") continue;
      if (!this.isExpired(chunk.message, now)) return chunk;
      this.abandon(chunk.message, now);
    }
    return undefined;
  }

  /** `cumulativeTsn` is between {@link cumulativeTsn} and the last one sent; `gaps` are ascending offsets from it. */
  acknowledge(cumulativeTsn: number, gaps: readonly number[], now: Instant): Acknowledgement {
    const hasAdvanced = cumulativeTsn > this.cumulativeTsn;
    let ackedBytes = 0;
    let highestNewTsn = 0;
    let roundTripMs: number | undefined;
    const acknowledge = (chunk: OutstandingChunk) => {
      if (chunk.tsn === this.#timedTsn) {
        if (chunk.transmissions === 1 && chunk.state === "inFlight") roundTripMs = elapsedMs(chunk.sentAt, now);
        this.#timedTsn = undefined;
      }
      if (chunk.state !== "inFlight" && chunk.state !== "lost") return;
      this.#leave(chunk, "acked");
      ackedBytes += chunk.end - chunk.start;
      highestNewTsn = chunk.tsn;
    };
    while (this.#firstTsn <= cumulativeTsn) {
      const chunk = this.#chunks.shift();
      if (chunk === undefined) break;
      this.#firstTsn++;
      acknowledge(chunk);
      if (chunk.isEnding) this.#queue.release(chunk.message);
    }
    for (let block = 0; block + 1 < gaps.length; block += 2) {
      const last = Math.min(cumulativeTsn + (gaps[block + 1] as number), this.nextTsn - 1);
      for (let tsn = cumulativeTsn + (gaps[block] as number); tsn <= last; tsn++) {
        const chunk = this.#at(tsn);
        if (chunk !== undefined) acknowledge(chunk);
      }
    }
    this.#advance();
    return { ackedBytes, hasAdvanced, highestNewTsn, roundTripMs };
  }

  /**
   * [RFC9260 §7.2.4] Everything below `tsn` that is still under way has been overtaken once more; true when a chunk became lost.
   *
   * A chunk that was sent again counts only what was sent after that, so that it too can be found lost before the timer: as RACK
   * (RFC 8985) does it for TCP. RFC 9260 leaves a second loss to the timer.
   */
  handleOvertaken(tsn: number, now: Instant): boolean {
    let hasLost = false;
    const end = Math.min(tsn, this.nextTsn);
    const missesUntilLost = this.#missesUntilLost;
    for (let missing = this.#firstTsn; missing < end; missing++) {
      const chunk = this.#at(missing);
      if (chunk?.state !== "inFlight" || tsn <= chunk.missableAboveTsn) continue;
      chunk.misses++;
      if (chunk.misses < missesUntilLost) continue;
      this.#lose(chunk, now);
      hasLost = true;
    }
    this.#advance();
    return hasLost;
  }

  /** [RFC9260 §6.3.3 E3] T3-rtx expired: nothing that is not acknowledged is believed to be under way. */
  handleTimeout(now: Instant): void {
    // The first one was acknowledged and then not counted in: the peer has thrown away what it had (RFC 9260 §6.2.1).
    const hasReneged = this.#chunks.peek()?.state === "acked";
    for (let tsn = this.#firstTsn; tsn < this.nextTsn; tsn++) {
      const chunk = this.#at(tsn);
      if (chunk?.state === "inFlight" || (hasReneged && chunk?.state === "acked")) this.#lose(chunk, now);
    }
    this.#timedTsn = undefined;
    this.#advance();
  }

  /** A message that has begun to leave is too late, and can be given up. */
  isExpired(message: OutgoingMessage, now: Instant): boolean {
    return this.#canAbandon && message.isExpired(now);
  }

  /** [RFC3758 §3.5 A3] Gives up all of a message, the rest of it that was not sent included. */
  abandon(message: OutgoingMessage, now: Instant): void {
    if (message.isAbandoned) return;
    message.isAbandoned = true;
    this.#counters.abandoned++;
    for (let tsn = Math.max(message.firstTsn, this.#firstTsn); tsn <= message.lastTsn; tsn++) {
      const chunk = this.#at(tsn);
      if (chunk !== undefined) this.#leave(chunk, "abandoned");
    }
    if (message.remainingBytes > 0) {
      // The end of the message gets a TSN of its own, never sent: a receiver sees that the message is over, not that it goes on.
      this.#queue.abandonRest(message);
      message.sentBytes = message.payload.length;
      message.lastTsn = this.nextTsn;
      this.#create(message, message.sentBytes, message.sentBytes, "abandoned", now);
    }
    this.#advance();
  }

  /** The last abandoned message of each ordered stream that {@link advancedTsn} passes over; moves that back when there are too many. */
  abandonedStreams(): ReadonlyMap<number, number> {
    const ssnByStream = new Map<number, number>();
    for (let tsn = this.#firstTsn; tsn <= this.#advancedTsn; tsn++) {
      const message = this.#at(tsn)?.message;
      if (message === undefined || message.isUnordered) continue;
      if (ssnByStream.size === MAX_FORWARDED_STREAMS && !ssnByStream.has(message.streamId)) {
        this.#advancedTsn = tsn - 1;
        break;
      }
      ssnByStream.set(message.streamId, message.ssn);
    }
    return ssnByStream;
  }

  #create(
    message: OutgoingMessage,
    start: number,
    end: number,
    state: OutstandingChunk["state"],
    sentAt: Instant,
  ): OutstandingChunk {
    const tsn = this.nextTsn;
    const chunk: OutstandingChunk = {
      message,
      tsn,
      start,
      end,
      isBeginning: start === 0,
      isEnding: end === message.payload.length,
      state,
      transmissions: 1,
      missableAboveTsn: tsn,
      misses: 0,
      sentAt,
    };
    this.#chunks.push(chunk);
    return chunk;
  }

  #lose(chunk: OutstandingChunk, now: Instant): void {
    const { message } = chunk;
    if (this.#canAbandon && (chunk.transmissions > message.maxRetransmits || message.isExpired(now))) {
      this.abandon(message, now);
      return;
    }
    this.#leave(chunk, "lost");
    this.#lost++;
    this.#lowestLostTsn = Math.min(this.#lowestLostTsn, chunk.tsn);
    if (chunk.tsn === this.#timedTsn) this.#timedTsn = undefined;
  }

  /** The chunk gets another state; the sums follow. */
  #leave(chunk: OutstandingChunk, state: OutstandingChunk["state"]): void {
    if (chunk.state === "inFlight") this.#flightBytes -= chunk.end - chunk.start;
    else if (chunk.state === "lost") this.#lost--;
    chunk.state = state;
  }

  /** [RFC5827 §3.1] With less than four packets under way three more SACKs may never come. */
  get #missesUntilLost(): number {
    const packets = Math.ceil(this.#flightBytes / maxFragmentBytes(this.#constants));
    return Math.min(Math.max(packets - 1, 1), this.#constants.missesUntilLost);
  }

  #advance(): void {
    this.#advancedTsn = this.advancedTsn;
    while (this.#at(this.#advancedTsn + 1)?.state === "abandoned") this.#advancedTsn++;
  }

  #at(tsn: number): OutstandingChunk | undefined {
    return this.#chunks.at(tsn - this.#firstTsn);
  }
}
