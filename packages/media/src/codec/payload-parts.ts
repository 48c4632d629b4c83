/**
 * How to cut `totalBytes` into the fewest parts of at most `maxPartBytes`, all equal but for one byte, as libwebrtc does:
 * runs of equal size are what UDP segmentation offload can merge.
 */
export class PayloadParts {
  #totalBytes = 0;
  #count = 0;
  #index = 0;
  #taken = 0;

  /** Starts over. `maxPartBytes` is at least 1. */
  begin(totalBytes: number, maxPartBytes: number): void {
    this.#totalBytes = totalBytes;
    this.#count = Math.ceil(totalBytes / maxPartBytes);
    this.#index = 0;
    this.#taken = 0;
  }

  /** Bytes before the next part. */
  get taken(): number {
    return this.#taken;
  }

  get isFirst(): boolean {
    return this.#index === 0;
  }

  get isDone(): boolean {
    return this.#index === this.#count;
  }

  /** Size of the next part in bytes; 0 when there is none. The longer ones come last. */
  take(): number {
    if (this.isDone) return 0;
    this.#index++;
    const end = Math.floor((this.#totalBytes * this.#index) / this.#count);
    const sizeBytes = end - this.#taken;
    this.#taken = end;
    return sizeBytes;
  }
}
