/** Writes unsigned numbers of any bit width, high bit first: the counterpart of {@link BitReader}. */
export class BitWriter {
  #bytes: Uint8Array = new Uint8Array(0);
  #offset = 0;
  #position = 0;

  /** Starts over `position` bits after `offset`; the caller knows that there is room for what it is going to write. */
  begin(bytes: Uint8Array, offset: number, position = 0): void {
    this.#bytes = bytes;
    this.#offset = offset;
    this.#position = position;
  }

  /** Bytes written so far, the last one filled up with zero bits. */
  get sizeBytes(): number {
    return (this.#position + 7) >> 3;
  }

  /** f(n): the low `count` bits of `value`, 0–32. */
  write(count: number, value: number): void {
    let left = count;
    while (left > 0) {
      const at = this.#offset + (this.#position >> 3);
      const free = 8 - (this.#position & 7);
      const taken = left < free ? left : free;
      left -= taken;
      const bits = (value >>> left) & ((1 << taken) - 1);
      // A byte is cleared when its first bits are written.
      const before = free === 8 ? 0 : (this.#bytes[at] as number);
      this.#bytes[at] = before | (bits << (free - taken));
      this.#position += taken;
    }
  }

  /** ns(n): `value`, which is below `limit`. */
  writeNonSymmetric(limit: number, value: number): void {
    const width = 32 - Math.clz32(limit);
    const shortCount = 2 ** width - limit;
    if (value < shortCount) this.write(width - 1, value);
    else this.write(width, value + shortCount);
  }
}
