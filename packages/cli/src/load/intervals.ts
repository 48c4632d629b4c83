/** One interval of a load; undefined: nothing was told in it. */
export interface IntervalOf<T> {
  /** Its beginning, ms since that of the load. */
  readonly atMs: number;
  readonly lengthMs: number;
  readonly value: T | undefined;
}

/** Intervals kept; when there are more, two become one. */
const MAX_INTERVALS = 600;
const FIRST_INTERVAL_MS = 1_000;

/** Something for each second of a load; of a long one for longer intervals, so that memory is bounded. */
export class Intervals<T> {
  readonly #join: (first: T, second: T) => T;
  #lengthMs = FIRST_INTERVAL_MS;
  #values: (T | undefined)[] = [];

  /** `join`: of two that follow each other. */
  constructor(join: (first: T, second: T) => T) {
    this.#join = join;
  }

  /** `update` is given what there is of the interval in which `atMs` is, and returns what there is from now on. */
  update(atMs: number, update: (value: T | undefined) => T): void {
    while (atMs >= MAX_INTERVALS * this.#lengthMs) this.#halve();
    const at = Math.max(0, Math.floor(atMs / this.#lengthMs));
    this.#values[at] = update(this.#values[at]);
  }

  /** All from the beginning to the last one that has a value. */
  list(): IntervalOf<T>[] {
    return Array.from(this.#values, (value, at) => ({ atMs: at * this.#lengthMs, lengthMs: this.#lengthMs, value }));
  }

  #halve(): void {
    this.#lengthMs *= 2;
    const halved: (T | undefined)[] = [];
    for (let at = 0; at < this.#values.length; at += 2) {
      const [first, second] = [this.#values[at], this.#values[at + 1]];
      halved.push(first === undefined || second === undefined ? (first ?? second) : this.#join(first, second));
    }
    this.#values = halved;
  }
}
