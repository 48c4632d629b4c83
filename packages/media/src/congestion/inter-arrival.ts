export const ARRIVAL_GROUP = {
  /** Packets sent within this time of the first are one group, in µs (libwebrtc kSendTimeGroupLength: 5 ms). */
  lengthUs: 5000,
  /** A packet that comes no later than this after the one before, and faster than it was sent, was held up with it, in µs. */
  burstGapUs: 5000,
  /** Longest such burst, in µs (libwebrtc kMaxBurstDuration). */
  maxBurstUs: 100_000,
  /** Groups that end before the group before them, one after the other, after which everything starts anew. */
  maxReordered: 3,
  /** Groups further apart than this on the receiver's clock have nothing to do with each other, in µs. */
  maxGapUs: 3_000_000,
} as const;

/**
 * Packs packets into arrival groups and measures how the distance between two groups changed on the way
 * (draft-ietf-rmcat-gcc-02 §5.2, §5.3; libwebrtc InterArrivalDelta).
 *
 * A video frame leaves as a burst, and its packets queue behind each other whatever the network does; only the distance of
 * whole groups tells about the network.
 */
export class InterArrival {
  #hasCurrent = false;
  #firstSentAt = 0;
  #firstArrivedAt = 0;
  #lastSentAt = 0;
  #lastArrivedAt = 0;
  #hasPrevious = false;
  #previousSentAt = 0;
  #previousArrivedAt = 0;
  #reordered = 0;
  /** Set when {@link handlePacket} returned true: how much later the latest whole group left than the one before, µs. */
  sendDeltaUs = 0;
  /** The same for its arrival, µs. */
  arrivalDeltaUs = 0;

  reset(): void {
    this.#hasCurrent = false;
    this.#hasPrevious = false;
    this.#reordered = 0;
  }

  /** True: this packet completed a group, and the deltas have been set. Both times in µs, each on its own clock. */
  handlePacket(sentAt: number, arrivedAt: number): boolean {
    if (!this.#hasCurrent) {
      this.#begin(sentAt, arrivedAt);
      return false;
    }
    if (sentAt < this.#firstSentAt) return false;
    if (sentAt - this.#firstSentAt <= ARRIVAL_GROUP.lengthUs || this.#isBurst(sentAt, arrivedAt)) {
      this.#lastSentAt = Math.max(this.#lastSentAt, sentAt);
      this.#lastArrivedAt = Math.max(this.#lastArrivedAt, arrivedAt);
      return false;
    }
    let isMeasured = false;
    if (this.#hasPrevious) {
      const arrivalDeltaUs = this.#lastArrivedAt - this.#previousArrivedAt;
      const isReordered = arrivalDeltaUs < 0;
      this.#reordered = isReordered ? this.#reordered + 1 : 0;
      if (arrivalDeltaUs > ARRIVAL_GROUP.maxGapUs || this.#reordered >= ARRIVAL_GROUP.maxReordered) {
        this.reset();
        this.#begin(sentAt, arrivedAt);
        return false;
      }
      // An overtaken group says nothing, and the next is measured against it as libwebrtc does.
      this.sendDeltaUs = this.#lastSentAt - this.#previousSentAt;
      this.arrivalDeltaUs = arrivalDeltaUs;
      isMeasured = !isReordered;
    }
    this.#hasPrevious = true;
    this.#previousSentAt = this.#lastSentAt;
    this.#previousArrivedAt = this.#lastArrivedAt;
    this.#begin(sentAt, arrivedAt);
    return isMeasured;
  }

  #begin(sentAt: number, arrivedAt: number): void {
    this.#hasCurrent = true;
    this.#firstSentAt = sentAt;
    this.#firstArrivedAt = arrivedAt;
    this.#lastSentAt = sentAt;
    this.#lastArrivedAt = arrivedAt;
  }

  #isBurst(sentAt: number, arrivedAt: number): boolean {
    const arrivalGapUs = arrivedAt - this.#lastArrivedAt;
    const sendGapUs = sentAt - this.#lastSentAt;
    if (sendGapUs === 0) return true;
    return (
      arrivalGapUs < sendGapUs &&
      arrivalGapUs <= ARRIVAL_GROUP.burstGapUs &&
      arrivedAt - this.#firstArrivedAt < ARRIVAL_GROUP.maxBurstUs
    );
  }
}
