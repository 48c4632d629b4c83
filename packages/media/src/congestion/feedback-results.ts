import { MAX_TRANSPORT_FEEDBACK_STATUSES } from "../rtcp/transport-feedback.js";

/** What is remembered of a sent packet besides its size and time; bits. */
export const SENT_PACKET_FLAG = {
  audio: 1,
  retransmission: 2,
  /** In results only: an earlier feedback had called this packet lost. */
  late: 4,
} as const;

/** {@link SENT_PACKET_FLAG}s of a packet that leaves. */
export function sentPacketFlags(isAudio: boolean, isRetransmission: boolean): number {
  return (isAudio ? SENT_PACKET_FLAG.audio : 0) | (isRetransmission ? SENT_PACKET_FLAG.retransmission : 0);
}

/**
 * What one feedback says about the packets that were really sent, in the order they were sent: parallel arrays, so that
 * feedback about a thousand packets allocates nothing. Filled anew by each `SentPacketHistory.handleFeedback`.
 */
export class FeedbackResults {
  count = 0;
  /** How many of them had not been told of before, and how many of those are lost. */
  fresh = 0;
  lost = 0;
  /** Told as lost before, arrived after all. */
  late = 0;
  /** Of the fresh ones. */
  sentBytes = 0;
  /** Of all that arrived. */
  deliveredBytes = 0;
  /** Least time from sending to arrival, each by its own clock, µs; infinite when nothing arrived. */
  leastDelayUs = Number.POSITIVE_INFINITY;
  /** Instant, µs, at which the last that arrived was sent; negative infinity when nothing arrived. */
  lastArrivedSentAt = Number.NEGATIVE_INFINITY;
  /** Some were sent in a probe. */
  hasProbe = false;
  /** Instant, µs. */
  readonly sentAt = new Float64Array(MAX_TRANSPORT_FEEDBACK_STATUSES);
  /** µs on the receiver's clock, which starts anywhere and never goes back by more than a reordering; NaN: not arrived. */
  readonly arrivedAt = new Float64Array(MAX_TRANSPORT_FEEDBACK_STATUSES);
  readonly sizeBytes = new Uint16Array(MAX_TRANSPORT_FEEDBACK_STATUSES);
  /** {@link SENT_PACKET_FLAG}. */
  readonly flags = new Uint8Array(MAX_TRANSPORT_FEEDBACK_STATUSES);
  /** The probe cluster it was sent in; 0: none. */
  readonly clusterId = new Uint8Array(MAX_TRANSPORT_FEEDBACK_STATUSES);
  /** The receiver's clock was set anew: arrivals of this feedback cannot be compared with earlier ones. */
  isClockReset = false;

  reset(): void {
    this.count = 0;
    this.fresh = 0;
    this.lost = 0;
    this.late = 0;
    this.sentBytes = 0;
    this.deliveredBytes = 0;
    this.leastDelayUs = Number.POSITIVE_INFINITY;
    this.lastArrivedSentAt = Number.NEGATIVE_INFINITY;
    this.hasProbe = false;
    this.isClockReset = false;
  }

  addLost(sentAt: number, sizeBytes: number, flags: number, clusterId: number): void {
    this.fresh++;
    this.lost++;
    this.sentBytes += sizeBytes;
    this.#add(sentAt, Number.NaN, sizeBytes, flags, clusterId);
  }

  addArrived(sentAt: number, arrivedAt: number, sizeBytes: number, flags: number, clusterId: number): void {
    if ((flags & SENT_PACKET_FLAG.late) !== 0) {
      this.late++;
    } else {
      this.fresh++;
      this.sentBytes += sizeBytes;
    }
    this.deliveredBytes += sizeBytes;
    const delayUs = arrivedAt - sentAt;
    if (delayUs < this.leastDelayUs) this.leastDelayUs = delayUs;
    if (sentAt > this.lastArrivedSentAt) this.lastArrivedSentAt = sentAt;
    this.#add(sentAt, arrivedAt, sizeBytes, flags, clusterId);
  }

  #add(sentAt: number, arrivedAt: number, sizeBytes: number, flags: number, clusterId: number): void {
    if (clusterId !== 0) this.hasProbe = true;
    const index = this.count++;
    this.sentAt[index] = sentAt;
    this.arrivedAt[index] = arrivedAt;
    this.sizeBytes[index] = sizeBytes;
    this.flags[index] = flags;
    this.clusterId[index] = clusterId;
  }
}
