import { SLOT_BYTES } from "./packet-memory.js";

/**
 * Fixed-size packet slots inside a {@link PacketMemory}, handed out by offset.
 *
 * A slot has one owner at a time. The I/O layer takes a slot, receives into it and offers it to the core; when the core
 * keeps it (a packet that waits in a retransmission buffer) the slot is the core's until it calls {@link release}.
 * Last-in first-out, so the pages in use stay few and warm.
 */
export class PacketPool {
  readonly start: number;
  readonly capacity: number;
  readonly #free: Int32Array;
  readonly #isTaken: Uint8Array;
  #freeCount: number;

  /** Cuts `[start, end)` of the memory into slots; `start` must be a multiple of 8. */
  constructor(start: number, end: number) {
    this.start = start;
    this.capacity = Math.floor((end - start) / SLOT_BYTES);
    this.#free = new Int32Array(this.capacity);
    this.#isTaken = new Uint8Array(this.capacity);
    this.#freeCount = this.capacity;
    for (let index = 0; index < this.capacity; index++) this.#free[index] = start + (this.capacity - 1 - index) * SLOT_BYTES;
  }

  get available(): number {
    return this.#freeCount;
  }

  /** Offset of a slot that is now the caller's, or -1 when none is left. */
  take(): number {
    if (this.#freeCount === 0) return -1;
    const offset = this.#free[--this.#freeCount] as number;
    this.#isTaken[(offset - this.start) / SLOT_BYTES] = 1;
    return offset;
  }

  /** Gives a slot back. Giving one back twice is a broken invariant, not a bad input. */
  release(offset: number): void {
    const index = (offset - this.start) / SLOT_BYTES;
    if (this.#isTaken[index] !== 1) throw new Error(`slot at ${offset} was released twice or never taken`);
    this.#isTaken[index] = 0;
    this.#free[this.#freeCount++] = offset;
  }
}
