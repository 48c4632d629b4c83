/** Wire types of protobuf (Encoding, "Message Structure"); groups (3, 4) are deprecated, and none of LiveKit's messages has one. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/**
 * Walks over the fields of one protobuf message without decoding it. Reads nothing outside of its range and never throws: what does not
 * parse ends the walk and leaves {@link isMalformed}.
 */
export class FieldCursor {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;
  #isMalformed = false;
  /** Of the field that {@link next} found. */
  number = 0;
  wireType = 0;
  /** Where its tag begins. */
  start = 0;
  /** Where the content of a field of {@link WIRE}.bytes begins. */
  contentStart = 0;
  /** Behind the last byte of the field and of its content. */
  end = 0;
  /** A varint's lower 32 bits. */
  value = 0;

  /** Bytes `start` to `end` of `bytes` are the message. */
  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get isMalformed(): boolean {
    return this.#isMalformed;
  }

  /** False: there are no more, or this is none. */
  next(): boolean {
    if (this.#at >= this.#end || this.#isMalformed) return false;
    this.start = this.#at;
    const tag = this.#varint();
    this.number = tag >>> 3;
    this.wireType = tag & 7;
    this.contentStart = this.#at;
    switch (this.wireType) {
      case WIRE.varint:
        this.value = this.#varint();
        break;
      case WIRE.fixed64:
        this.#at += 8;
        break;
      case WIRE.bytes: {
        const length = this.#varint();
        this.contentStart = this.#at;
        this.#at += length;
        break;
      }
      case WIRE.fixed32:
        this.#at += 4;
        break;
      default:
        this.#isMalformed = true;
    }
    this.end = this.#at;
    if (this.number === 0 || this.#at > this.#end) this.#isMalformed = true;
    return !this.#isMalformed;
  }

  /** Lower 32 bits of the next varint, which has at most ten bytes. */
  #varint(): number {
    let value = 0;
    for (let count = 0; count < 10 && this.#at < this.#end; count++) {
      const byte = this.#bytes[this.#at++] ?? 0;
      if (count < 5) value |= (byte & 0x7f) << (7 * count);
      if (byte < 0x80) return value >>> 0;
    }
    this.#isMalformed = true;
    return 0;
  }
}
