/** Kilobytes in use before and after a collection, as V8's `--trace-gc` prints them: "Scavenge 5.1 (6.2) -> 4.0 (7.2) MB". */
const LINE = /(?:Scavenge|Mark-Compact)[^)]*?([\d.]+) \([\d.]+\) -> ([\d.]+) \([\d.]+\) MB/;

const MEGABYTE = 1_048_576;

/** Adds up what a process allocates, by watching its garbage collector fill and empty the heap. */
export class AllocationTrace {
  #afterLast: number | undefined;
  #allocatedBytes = 0;
  #rest = "";

  /** Bytes allocated between the first collection seen and the last. */
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
      const before = Number(match[1]) * MEGABYTE;
      if (this.#afterLast !== undefined) this.#allocatedBytes += Math.max(0, before - this.#afterLast);
      this.#afterLast = Number(match[2]) * MEGABYTE;
    }
  }
}
