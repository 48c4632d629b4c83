interface Range {
  start: number;
  end: number;
}

/** Duplicates that one SACK lists at most. */
const MAX_LISTED_DUPLICATES = 16;

/** TSNs further ahead than this cannot be named by a gap block of 16 bits. */
const MAX_AHEAD = 0xffff;

/** Which TSNs have arrived: all up to a cumulative one, and ranges behind gaps (RFC 9260 §6.2). Extended numbers. */
export class ReceivedTsns {
  readonly #maxRanges: number;
  #cumulativeTsn: number;
  /** Ascending, apart, above the cumulative TSN. */
  readonly #ranges: Range[] = [];
  #duplicates: number[] = [];

  constructor(initialTsn: number, maxRanges: number) {
    this.#cumulativeTsn = initialTsn - 1;
    this.#maxRanges = maxRanges;
  }

  get cumulativeTsn(): number {
    return this.#cumulativeTsn;
  }

  get hasGap(): boolean {
    return this.#ranges.length > 0;
  }

  /** "tooFar": it would need a gap block that does not exist, or one more than we keep. Changes nothing. */
  judge(tsn: number): "new" | "duplicate" | "tooFar" {
    if (tsn <= this.#cumulativeTsn) return "duplicate";
    if (tsn > this.#cumulativeTsn + MAX_AHEAD) return "tooFar";
    const index = this.#indexOf(tsn);
    const range = this.#ranges[index];
    if (range !== undefined && range.start <= tsn) return "duplicate";
    if (this.#ranges.length < this.#maxRanges || tsn === this.#cumulativeTsn + 1) return "new";
    const isAdjacent = range?.start === tsn + 1 || this.#ranges[index - 1]?.end === tsn - 1;
    return isAdjacent ? "new" : "tooFar";
  }

  /** For the next SACK. */
  addDuplicate(tsn: number): void {
    if (this.#duplicates.length < MAX_LISTED_DUPLICATES) this.#duplicates.push(tsn);
  }

  /** A TSN that was judged new. */
  add(tsn: number): void {
    if (tsn === this.#cumulativeTsn + 1) {
      this.#cumulativeTsn = tsn;
      this.#absorb();
      return;
    }
    const index = this.#indexOf(tsn);
    const before = this.#ranges[index - 1];
    const behind = this.#ranges[index];
    const extendsBefore = before?.end === tsn - 1;
    const extendsBehind = behind?.start === tsn + 1;
    if (extendsBefore && extendsBehind) {
      before.end = behind.end;
      this.#ranges.splice(index, 1);
    } else if (extendsBefore) before.end = tsn;
    else if (extendsBehind) behind.start = tsn;
    else this.#ranges.splice(index, 0, { start: tsn, end: tsn });
  }

  /** [RFC3758 §3.6] Everything up to `tsn` counts as received. False when it did already. */
  forward(tsn: number): boolean {
    if (tsn <= this.#cumulativeTsn) return false;
    this.#cumulativeTsn = tsn;
    this.#absorb();
    return true;
  }

  /** Gap blocks as offsets from the cumulative TSN: start, end, start, end… */
  gaps(): number[] {
    return this.#ranges.flatMap(({ start, end }) => [start - this.#cumulativeTsn, end - this.#cumulativeTsn]);
  }

  /** The duplicates since the last call. */
  takeDuplicates(): readonly number[] {
    const duplicates = this.#duplicates;
    if (duplicates.length > 0) this.#duplicates = [];
    return duplicates;
  }

  /** Takes over the ranges that the cumulative TSN has reached. */
  #absorb(): void {
    let reached = 0;
    for (const { start, end } of this.#ranges) {
      if (start > this.#cumulativeTsn + 1) break;
      this.#cumulativeTsn = Math.max(this.#cumulativeTsn, end);
      reached++;
    }
    if (reached > 0) this.#ranges.splice(0, reached);
  }

  /** Index of the first range that ends at `tsn` or above. */
  #indexOf(tsn: number): number {
    // Nearly everything arrives at the end.
    const last = this.#ranges[this.#ranges.length - 1];
    if (last === undefined || last.end < tsn) return this.#ranges.length;
    let low = 0;
    let high = this.#ranges.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ranges[middle] as Range).end < tsn) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
