/** Entries that have left and are still in the array, at most. */
const MAX_GONE = 1024;

/** The queue before a link of limited rate: which datagrams wait, and until when. Drops at the tail. */
export class TransmissionQueue {
  /** In order of departure; those before `#first` have gone. */
  #waiting: { readonly sizeBytes: number; readonly departure: number }[] = [];
  #first = 0;
  #waitingBytes = 0;
  /** When the link falls idle, in µs and fractions, so that rounding does not add up. */
  #busyUntil = 0;

  /** When a datagram of this size that comes at `now` has left, in µs; undefined when there is no room for it to wait. */
  push(sizeBytes: number, now: number, rateBps: number, limitBytes: number): number | undefined {
    this.#forget(now);
    const start = Math.max(now, this.#busyUntil);
    // The one that is being sent does not wait: an idle link takes a datagram of any size.
    if (start > now && this.#waitingBytes + sizeBytes > limitBytes) return undefined;
    this.#busyUntil = start + (sizeBytes * 8 * 1e6) / rateBps;
    const departure = Math.round(this.#busyUntil);
    if (departure > now) {
      this.#waiting.push({ sizeBytes, departure });
      this.#waitingBytes += sizeBytes;
    }
    return departure;
  }

  /** Takes what has left by `now` out of the books. */
  #forget(now: number): void {
    for (
      let next = this.#waiting[this.#first];
      next !== undefined && next.departure <= now;
      next = this.#waiting[this.#first]
    ) {
      this.#waitingBytes -= next.sizeBytes;
      this.#first++;
    }
    if (this.#first < MAX_GONE) return;
    this.#waiting = this.#waiting.slice(this.#first);
    this.#first = 0;
  }
}
