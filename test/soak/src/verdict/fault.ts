/** Something that should not have happened. */
export interface Fault {
  /** Since the soak began. */
  readonly atMs: number;
  readonly what: string;
}

/** Faults that are kept; the others are only counted. */
const MAX_FAULTS = 100;
const MAX_LENGTH = 500;

/** Everything that went wrong, in its order. */
export class FaultLog {
  readonly #faults: Fault[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** The first hundred. */
  get faults(): readonly Fault[] {
    return this.#faults;
  }

  add(atMs: number, what: string): void {
    this.#count += 1;
    if (this.#faults.length < MAX_FAULTS) this.#faults.push({ atMs: Math.round(atMs), what: what.slice(0, MAX_LENGTH) });
  }
}
