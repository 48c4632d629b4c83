/** As plain data: pairs of a bucket's index and its count, lowest first. */
export interface LatencyCounts {
  readonly buckets: readonly number[];
  readonly count: number;
  readonly sumUs: number;
  readonly minUs: number;
  readonly maxUs: number;
}

/** Values below it have a bucket each; above, every doubling has half as many: three significant digits. */
const SUB_BUCKETS = 2_048;
const HALF = SUB_BUCKETS / 2;
const HALF_BITS = 10;
/** 35 minutes; what is longer counts as this long. */
const MAX_VALUE_US = 2 ** 31 - 1;
const BUCKETS = indexOf(MAX_VALUE_US) + 1;

/**
 * Durations in whole microseconds, in log-linear buckets (the layout of HdrHistogram, http://hdrhistogram.org): every quantile is exact to
 * 0.1 %, however many values there are and however far apart, in 180 KB.
 */
export class LatencyHistogram {
  readonly #counts = new Float64Array(BUCKETS);
  #count = 0;
  #sumUs = 0;
  #minUs = MAX_VALUE_US;
  #maxUs = 0;

  get count(): number {
    return this.#count;
  }

  /** 0 when there is nothing. */
  get minUs(): number {
    return this.#count === 0 ? 0 : this.#minUs;
  }

  get maxUs(): number {
    return this.#maxUs;
  }

  get meanUs(): number {
    return this.#count === 0 ? 0 : this.#sumUs / this.#count;
  }

  /** From the middles of the buckets. */
  get standardDeviationUs(): number {
    let squares = 0;
    for (const [lowUs, highUs, count] of this.buckets()) squares += count * ((lowUs + highUs) / 2 - this.meanUs) ** 2;
    return this.#count === 0 ? 0 : Math.sqrt(squares / this.#count);
  }

  /** Negative durations, which a clock of two readings can give, count as 0. */
  record(valueUs: number): void {
    const value = Math.min(Math.max(Math.round(valueUs), 0), MAX_VALUE_US);
    const index = indexOf(value);
    this.#counts[index] = (this.#counts[index] as number) + 1;
    this.#count += 1;
    this.#sumUs += value;
    if (value < this.#minUs) this.#minUs = value;
    if (value > this.#maxUs) this.#maxUs = value;
  }

  /** The least value, µs, which a share of `quantile` (0–1) does not exceed; the upper end of its bucket. 0 when there is nothing. */
  valueAt(quantile: number): number {
    if (this.#count === 0) return 0;
    const rank = Math.min(Math.max(Math.ceil(quantile * this.#count), 1), this.#count);
    let seen = 0;
    for (const [, highUs, count] of this.buckets()) {
      seen += count;
      if (seen >= rank) return Math.min(highUs, this.#maxUs);
    }
    return this.#maxUs;
  }

  /** How many values are not above this one, to the precision of a bucket. */
  countUpTo(valueUs: number): number {
    let seen = 0;
    for (const [lowUs, , count] of this.buckets()) if (lowUs <= valueUs) seen += count;
    return seen;
  }

  /** Buckets with something in them, lowest first: first and last value of each, µs, and how many. */
  *buckets(): Generator<readonly [lowUs: number, highUs: number, count: number]> {
    if (this.#count === 0) return;
    const last = indexOf(this.#maxUs);
    for (let index = indexOf(this.#minUs); index <= last; index++) {
      const count = this.#counts[index] as number;
      if (count > 0) yield [lowestOf(index), lowestOf(index + 1) - 1, count];
    }
  }

  add({ buckets, count, sumUs, minUs, maxUs }: LatencyCounts): void {
    if (count === 0) return;
    for (let at = 0; at + 1 < buckets.length; at += 2) {
      const index = buckets[at] as number;
      this.#counts[index] = (this.#counts[index] as number) + (buckets[at + 1] as number);
    }
    this.#count += count;
    this.#sumUs += sumUs;
    this.#minUs = Math.min(this.#minUs, minUs);
    this.#maxUs = Math.max(this.#maxUs, maxUs);
  }

  toCounts(): LatencyCounts {
    const buckets: number[] = [];
    for (const [lowUs, , count] of this.buckets()) buckets.push(indexOf(lowUs), count);
    return { buckets, count: this.#count, sumUs: this.#sumUs, minUs: this.#minUs, maxUs: this.#maxUs };
  }

  /** What was counted so far; then there is nothing. */
  take(): LatencyCounts {
    const counts = this.toCounts();
    this.#counts.fill(0);
    this.#count = 0;
    this.#sumUs = 0;
    this.#minUs = MAX_VALUE_US;
    this.#maxUs = 0;
    return counts;
  }
}

function indexOf(value: number): number {
  const doublings = Math.max(0, 31 - Math.clz32(value) - HALF_BITS);
  return HALF * doublings + (value >> doublings);
}

/** The least value whose index this is. */
function lowestOf(index: number): number {
  if (index < SUB_BUCKETS) return index;
  const doublings = Math.floor(index / HALF) - 1;
  return (index - HALF * doublings) * 2 ** doublings;
}
