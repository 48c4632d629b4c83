/** Megabytes before and after a collection, and its pause, as V8's `--trace-gc` prints them: "Scavenge 5.1 (6.2) -> 4.0 (7.2) MB, 0.4 / 0.0 ms". */
const LINE =
  /(?:Scavenge|Mark-Compact)[^)]*?([\d.]+) \([\d.]+\) -> ([\d.]+) \([\d.]+\) MB(?:, (?:pooled: \d+ MB, )?([\d.]+) \/)?/;

const MEGABYTE = 1_048_576;

/**
 * Adds up what a process allocates, by watching its garbage collector fill and empty the heap, and its heap grow in between:
 * a worker that allocates next to nothing may not collect once in a whole case.
 */
export class AllocationTrace {
  /** Heap in use when it was last heard of. */
  #last: number | undefined;
  #allocatedBytes = 0;
  #rest = "";
  /** Of all collections, ms. */
  readonly pausesMs: number[] = [];

  /** Bytes allocated between the first sign of life and the last. */
  get allocatedBytes(): number {
    return this.#allocatedBytes;
  }

  /** A piece of the traced process's standard output. */
  handleOutput(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      const match = LINE.exec(line);
      if (match === null) continue;
      this.handleHeapUsed(Number(match[1]) * MEGABYTE);
      this.#last = Number(match[2]) * MEGABYTE;
      if (match[3] !== undefined) this.pausesMs.push(Number(match[3]));
    }
  }

  /** What the process says of its heap, between collections. */
  handleHeapUsed(bytes: number): void {
    if (this.#last !== undefined) this.#allocatedBytes += Math.max(0, bytes - this.#last);
    this.#last = bytes;
  }
}
