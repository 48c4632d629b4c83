import { MAX_RTP_BYTES, type PacketMemory } from "../bytes/packet-memory.js";
import { RTCP_PACKET_TYPE } from "../rtcp/rtcp-section.js";
import type { Instant } from "../time/instant.js";
import type { DropCounters } from "./drop-counters.js";

export const FEEDBACK_QUEUE = {
  /** Compounds that may wait: four batches of nothing else. A compound is at most one datagram. */
  capacity: 256,
  /** Of these kept for compounds with a sender report: without them audio and video part, and there is one a second only. */
  reservedForReports: 32,
  /** Compounds of one peer that may wait, so that one peer's flood does not fill the queue. */
  perTransport: 32,
  /** Work done at the end of one batch: one unit is about a packet sent (3 µs), so this is about 2 ms. */
  workPerDrain: 600,
  /** Units that parsing and dispatching one compound costs besides what it makes us send. */
  workPerCompound: 4,
} as const;

/** Whose feedback it is. */
export interface FeedbackReceiver {
  /** Its compounds that wait, kept by the queue. */
  queuedFeedback: number;
  /** One plain compound that arrived at `arrivedAt`; valid during the call. Returns what it cost, a packet sent being 1. */
  handleFeedback(compound: Uint8Array, arrivedAt: Instant): number;
}

/**
 * RTCP that has been decrypted and waits until the batch's media is on its way.
 *
 * Feedback may cost a lot (one NACK asks for hundreds of packets) and comes in storms, media comes evenly and cannot wait. So
 * a bounded amount of feedback is worked off at the end of each batch, what is left at the next one or the next tick, and
 * what the queue cannot take is dropped: whoever still needs it says it again.
 */
export class FeedbackQueue {
  readonly #drops: DropCounters;
  readonly #bytes = new Uint8Array(FEEDBACK_QUEUE.capacity * MAX_RTP_BYTES);
  readonly #sizes = new Int32Array(FEEDBACK_QUEUE.capacity);
  readonly #arrivals = new Float64Array(FEEDBACK_QUEUE.capacity);
  readonly #receivers: (FeedbackReceiver | undefined)[] = new Array(FEEDBACK_QUEUE.capacity).fill(undefined);
  #first = 0;
  #count = 0;

  constructor(drops: DropCounters) {
    this.#drops = drops;
  }

  /** Compounds that wait. */
  get count(): number {
    return this.#count;
  }

  /** Copies the plain compound at `offset` of the packet memory, or drops and counts it. */
  push(receiver: FeedbackReceiver, { bytes }: PacketMemory, offset: number, sizeBytes: number, now: Instant): void {
    const { capacity, reservedForReports, perTransport } = FEEDBACK_QUEUE;
    const room = bytes[offset + 1] === RTCP_PACKET_TYPE.senderReport ? capacity : capacity - reservedForReports;
    if (this.#count >= room || receiver.queuedFeedback >= perTransport || sizeBytes > MAX_RTP_BYTES) {
      this.#drops.feedbackQueueFull++;
      return;
    }
    const place = (this.#first + this.#count) % capacity;
    this.#bytes.set(bytes.subarray(offset, offset + sizeBytes), place * MAX_RTP_BYTES);
    this.#sizes[place] = sizeBytes;
    this.#arrivals[place] = now;
    this.#receivers[place] = receiver;
    this.#count++;
    receiver.queuedFeedback++;
  }

  /** Hands on what waits, oldest first, up to {@link FEEDBACK_QUEUE}.workPerDrain. */
  drain(): void {
    let work = 0;
    while (this.#count > 0 && work < FEEDBACK_QUEUE.workPerDrain) {
      const place = this.#first;
      const receiver = this.#receivers[place];
      this.#receivers[place] = undefined;
      this.#first = (place + 1) % FEEDBACK_QUEUE.capacity;
      this.#count--;
      if (receiver === undefined) continue;
      receiver.queuedFeedback--;
      const start = place * MAX_RTP_BYTES;
      const compound = this.#bytes.subarray(start, start + (this.#sizes[place] as number));
      work += FEEDBACK_QUEUE.workPerCompound + receiver.handleFeedback(compound, this.#arrivals[place] as Instant);
    }
  }
}
