import {
  TRANSPORT_FEEDBACK_REFERENCE_US,
  TRANSPORT_FEEDBACK_TICK_US,
  type TransportFeedback,
} from "../rtcp/transport-feedback.js";
import { extendSequenceNumber } from "../rtp/sequence-unwrapper.js";
import type { Instant } from "../time/instant.js";
import { type FeedbackResults, SENT_PACKET_FLAG } from "./feedback-results.js";

export const SENT_PACKET_HISTORY = {
  /** Packets remembered at first: 1 s at 2.5 Mbit/s. 8 bytes each, so a subscriber of a thin stream costs 2 KiB. */
  initialPackets: 256,
  /** Packets remembered at most: 2 s at 40 Mbit/s. A power of two; at most 32768, or a number would name two packets. */
  maxPackets: 8192,
  /** Packets forgotten at a time. */
  forgottenTogether: 32,
  /** Packets younger than this are kept while there is room to grow, in ms: a feedback interval and a long round trip. */
  keepMs: 1500,
  /**
   * The receiver's clock may run away from ours by this much between two feedbacks, in ms; beyond it the clock was set anew.
   * Feedback that is itself late by that much is of no use either.
   */
  maxClockErrorMs: 5000,
} as const;

/**
 * A packet's second word: its size in 11 bits (a datagram has at most 1500 bytes), its flags in 3, what feedback has said about
 * it in 2, its probe cluster in 8.
 */
const SIZE_MASK = 0x7ff;
const FLAGS_SHIFT = 11;
const FLAGS_MASK = 0x7;
const REPORTED_LOST = 0x4000;
const REPORTED_RECEIVED = 0x8000;
const REPORTED = REPORTED_LOST | REPORTED_RECEIVED;
const CLUSTER_SHIFT = 16;

/** A Transport that sends nothing has no ring. */
const NO_WORDS = new Int32Array(0);

/**
 * Gives out transport-wide sequence numbers and remembers what was sent under them, until feedback tells how it went
 * (draft-holmer-rmcat-transport-wide-cc-extensions-01).
 *
 * Numbers are given out without gaps, so a number inside the window was sent, and one outside it is forged or too old: it
 * is counted and has no effect. The ring doubles while packets younger than {@link SENT_PACKET_HISTORY}.keepMs would be
 * overwritten; otherwise nothing is allocated.
 */
export class SentPacketHistory {
  /** Two words a packet, side by side because they are used together: low 32 bits of the Instant it left at, then the rest. */
  #words = NO_WORDS;
  /** Of a ring without room, -1: the first packet makes it. */
  #mask = -1;
  #oldest = 1;
  #next = 1;
  /** Low 32 bits, so that counting never allocates. */
  #bytesSent = 0;
  /** When the last packet left, ms of the monotonic clock in 32 bits; and the first that nothing has been heard since. */
  #lastSentMs = 0;
  #unansweredMs = 0;
  #isAnswered = true;
  /** Packets that are sent now belong to this probe, 1–255; 0: to none. */
  clusterId = 0;
  #referenceTime: number | undefined;
  #referenceAt = 0 as Instant;
  /** Our reading of the receiver's clock at the last reference time, µs. */
  #referenceUs = 0;
  /** Statuses about packets that were never sent, or so long ago that they are forgotten. */
  unknownStatuses = 0;
  /** Statuses about packets already known to have arrived. */
  duplicateStatuses = 0;
  /** Times the receiver's clock was found set anew. */
  clockResets = 0;

  /** Packets remembered now. */
  get size(): number {
    return this.#next - this.#oldest;
  }

  /** Packets that can be remembered before the ring grows; none before the first. */
  get capacity(): number {
    return this.#mask + 1;
  }

  /** The number that the next {@link add} gives, unwrapped. */
  get nextNumber(): number {
    return this.#next;
  }

  /** Bytes of all packets so far, the low 32 bits as a signed number: differences mean something. */
  get bytesSent(): number {
    return this.#bytesSent;
  }

  /** How long packets had been leaving without any feedback when the last one left, ms; 0 when it has been answered. */
  get unansweredMs(): number {
    return this.#isAnswered ? 0 : (this.#lastSentMs - this.#unansweredMs) | 0;
  }

  /** Remembers a packet that leaves now and returns its transport-wide sequence number, 16 bits. */
  add(sizeBytes: number, flags: number, now: Instant): number {
    if (this.#next - this.#oldest > this.#mask) this.#makeRoom(now);
    const number = this.#next++;
    const at = 2 * (number & this.#mask);
    this.#words[at] = now | 0;
    this.#words[at + 1] = sizeBytes | (flags << FLAGS_SHIFT) | (this.clusterId << CLUSTER_SHIFT);
    this.#bytesSent = (this.#bytesSent + sizeBytes) | 0;
    this.#lastSentMs = (now / 1000) | 0;
    if (this.#isAnswered) {
      this.#isAnswered = false;
      this.#unansweredMs = this.#lastSentMs;
    }
    return number & 0xffff;
  }

  /** Something has been heard of the receiver. */
  handleAnswered(): void {
    this.#isAnswered = true;
  }

  /**
   * Finds the packets that `feedback` is about and writes how they fared into `results`: each packet at most twice, as lost
   * and later as arrived after all ({@link SENT_PACKET_FLAG}.late).
   */
  handleFeedback(feedback: TransportFeedback, now: Instant, results: FeedbackResults): void {
    results.reset();
    const { arrivals } = feedback;
    const base = extendSequenceNumber(feedback.baseSequenceNumber, this.#next - 1);
    const first = Math.max(0, this.#oldest - base);
    const end = Math.max(first, Math.min(arrivals.length, this.#next - base));
    this.unknownStatuses += arrivals.length - (end - first);
    if (first === end) return;
    const referenceUs = this.#readReference(feedback.referenceTime, now, results);
    const words = this.#words;
    for (let index = first; index < end; index++) {
      const at = 2 * ((base + index) & this.#mask);
      const word = words[at + 1] as number;
      const arrival = arrivals[index];
      // Signed: what waited in a queue may be read with a slightly older clock than later packets left by.
      const sentAt = now - ((now - (words[at] as number)) | 0);
      const flags = (word >>> FLAGS_SHIFT) & FLAGS_MASK;
      if (arrival === undefined) {
        if ((word & REPORTED) !== 0) continue;
        words[at + 1] = word | REPORTED_LOST;
        results.addLost(sentAt, word & SIZE_MASK, flags, word >>> CLUSTER_SHIFT);
        continue;
      }
      if ((word & REPORTED_RECEIVED) !== 0) {
        this.duplicateStatuses++;
        continue;
      }
      words[at + 1] = word | REPORTED_RECEIVED;
      const late = (word & REPORTED_LOST) === 0 ? 0 : SENT_PACKET_FLAG.late;
      const arrivedAt = referenceUs + arrival * TRANSPORT_FEEDBACK_TICK_US;
      results.addArrived(sentAt, arrivedAt, word & SIZE_MASK, flags | late, word >>> CLUSTER_SHIFT);
    }
  }

  /** Widens the 24-bit reference time (it wraps after 12 days) and notices when it makes no sense. */
  #readReference(referenceTime: number, now: Instant, results: FeedbackResults): number {
    if (this.#referenceTime !== undefined) {
      const stepUs = (((referenceTime - this.#referenceTime) << 8) >> 8) * TRANSPORT_FEEDBACK_REFERENCE_US;
      const errorUs = Math.abs(stepUs - (now - this.#referenceAt));
      if (errorUs > SENT_PACKET_HISTORY.maxClockErrorMs * 1000) {
        results.isClockReset = true;
        this.clockResets++;
      } else {
        this.#referenceUs += stepUs;
      }
    }
    this.#referenceTime = referenceTime;
    this.#referenceAt = now;
    return this.#referenceUs;
  }

  /** Makes the ring, doubles it, or forgets its oldest packets: some at a time, because looking at them is the dear part. */
  #makeRoom(now: Instant): void {
    const capacity = this.#mask + 1;
    const { initialPackets, maxPackets, forgottenTogether, keepMs } = SENT_PACKET_HISTORY;
    if (capacity === 0) {
      this.#words = new Int32Array(2 * initialPackets);
      this.#mask = initialPackets - 1;
      return;
    }
    const forgotten = this.#oldest + forgottenTogether;
    const ageUs = (now - (this.#words[2 * ((forgotten - 1) & this.#mask)] as number)) >>> 0;
    if (capacity >= maxPackets || ageUs > keepMs * 1000) {
      this.#oldest = forgotten;
      return;
    }
    const mask = capacity * 2 - 1;
    const words = new Int32Array(capacity * 4);
    for (let number = this.#oldest; number < this.#next; number++) {
      const from = 2 * (number & this.#mask);
      const to = 2 * (number & mask);
      words[to] = this.#words[from] as number;
      words[to + 1] = this.#words[from + 1] as number;
    }
    this.#words = words;
    this.#mask = mask;
  }
}
