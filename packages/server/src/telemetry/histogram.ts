/** What a {@link Histogram} has counted, as plain data: it crosses the IPC channel. */
export interface HistogramReading {
  /** Upper bounds of the buckets but the last, ascending; each belongs to its bucket. */
  readonly bounds: readonly number[];
  /** Of each bucket alone; one more than there are bounds, for what lies above all of them. */
  readonly counts: readonly number[];
  readonly sum: number;
}

/** How often values were between which bounds, since the start. Recording allocates nothing. */
export class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: Float64Array;
  readonly #sum = new Float64Array(1);

  /** `bounds`: ascending and finite; a value that is equal to one lies below it. */
  constructor(bounds: readonly number[]) {
    const isAscending = bounds.every((bound, index) => Number.isFinite(bound) && bound > (bounds[index - 1] ?? -Infinity));
    if (!isAscending) throw new RangeError("the bounds of a histogram are finite and ascend");
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  /** `times`: how often it was seen. What is no number is not recorded. */
  record(value: number, times = 1): void {
    if (Number.isNaN(value)) return;
    let bucket = 0;
    while (bucket < this.#bounds.length && value > (this.#bounds[bucket] as number)) bucket++;
    (this.#counts[bucket] as number) += times;
    (this.#sum[0] as number) += value * times;
  }

  read(): HistogramReading {
    return { bounds: this.#bounds, counts: [...this.#counts], sum: this.#sum[0] as number };
  }
}
