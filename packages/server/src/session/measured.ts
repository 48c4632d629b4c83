/** Names of a row's counters. */
type CounterName<R> = { [K in keyof R]: R[K] extends number ? K : never }[keyof R];

/** One object's counters now and at the poll before. */
export class Measured<R extends object> {
  readonly row: R;
  /** Between the two; 0 when there was no poll before. */
  readonly seconds: number;
  readonly #before: R;

  constructor(row: R, before: R | undefined, seconds: number) {
    this.row = row;
    this.#before = before ?? row;
    this.seconds = before === undefined ? 0 : seconds;
  }

  /** By how much a counter grew. One that is smaller than before began anew, which is no growth. */
  grown(counter: CounterName<R>): number {
    return Math.max(0, (this.row[counter] as number) - (this.#before[counter] as number));
  }

  /** A counter of bytes as a rate. */
  bitsPerSecond(counter: CounterName<R>): number {
    return this.seconds === 0 ? 0 : Math.round((this.grown(counter) * 8) / this.seconds);
  }
}
