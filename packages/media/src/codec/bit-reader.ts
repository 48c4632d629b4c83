/**
 * Reads unsigned numbers of any bit width, high bit first, as every codec writes them. Reading past the end gives zeros and
 * sets {@link isOverrun}, so that a parser checks once at its end instead of at each field.
 */
export class BitReader {
  #bytes: Uint8Array = new Uint8Array(0);
  #offset = 0;
  #sizeBits = 0;
  #position = 0;
  #isOverrun = false;

  /** Starts over at `[offset, offset + sizeBytes)`, which lies within `bytes`, `position` bits after its begin. */
  begin(bytes: Uint8Array, offset: number, sizeBytes: number, position = 0): void {
    this.#bytes = bytes;
    this.#offset = offset;
    this.#sizeBits = sizeBytes * 8;
    this.#position = position;
    this.#isOverrun = false;
  }

  /** Bits read so far. */
  get position(): number {
    return this.#position;
  }

  get remainingBits(): number {
    return this.#sizeBits - this.#position;
  }

  /** More was asked for than there is. */
  get isOverrun(): boolean {
    return this.#isOverrun;
  }

  /** f(n): the next `count` bits, 0–32. */
  read(count: number): number {
    if (this.#position + count > this.#sizeBits) {
      this.#position = this.#sizeBits;
      this.#isOverrun = true;
      return 0;
    }
    let value = 0;
    let left = count;
    while (left > 0) {
      const bit = this.#position & 7;
      const taken = left < 8 - bit ? left : 8 - bit;
      const byte = this.#bytes[this.#offset + (this.#position >> 3)] as number;
      value = value * (1 << taken) + ((byte >> (8 - bit - taken)) & ((1 << taken) - 1));
      this.#position += taken;
      left -= taken;
    }
    return value;
  }

  /** ns(n): a number below `limit`, which is at least 1, in as few bits as it needs (AV1 specification §4.10.7). */
  readNonSymmetric(limit: number): number {
    const width = 32 - Math.clz32(limit);
    const shortCount = 2 ** width - limit;
    const value = this.read(width - 1);
    return value < shortCount ? value : value * 2 - shortCount + this.read(1);
  }

  /** ue(v): an Exp-Golomb number (ITU-T H.264 §9.1), which is AV1's uvlc() too; up to 2^32 - 2. */
  readExpGolomb(): number {
    let zeros = 0;
    while (zeros < 32 && this.read(1) === 0 && !this.#isOverrun) zeros++;
    return 2 ** zeros - 1 + this.read(zeros);
  }
}
