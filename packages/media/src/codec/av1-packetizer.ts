import { OBU_TYPE } from "./av1-payload.js";
import { findObus, type Obu } from "./av1-temporal-unit.js";
import { DEFAULT_MAX_PAYLOAD_BYTES, type Packetizer } from "./packetizer.js";

/** Aggregation header, a length of two bytes, and two bytes of an OBU. */
const MIN_PAYLOAD_BYTES = 5;

/** Longest payload: its elements' lengths are of two leb128 bytes at most. */
const MAX_PAYLOAD_BYTES = 0x3fff;

/** With more elements than this every one has a length (W = 0). */
const MAX_COUNTED_ELEMENTS = 3;

/** Of temporal units these stay behind (RTP Payload Format for AV1 §5). */
const UNSENT_TYPES: readonly number[] = [OBU_TYPE.temporalDelimiter, OBU_TYPE.tileList, OBU_TYPE.padding];

/**
 * AV1 temporal units in low-overhead format, as IVF has them, into RTP payloads (RTP Payload Format for AV1 §4): OBUs without
 * size fields, as many in a packet as fit, cut where they do not. For streams of one spatial layer: the OBUs of several frames
 * must not share a packet.
 */
export class Av1Packetizer implements Packetizer {
  readonly #maxPayloadBytes: number;
  #unit: Uint8Array = new Uint8Array(0);
  #obus: readonly Obu[] = [];
  #index = 0;
  /** Bytes of the present OBU, without its size field, that were sent. */
  #sentBytes = 0;
  #isFirst = false;
  #isNewSequence = false;

  constructor({ maxPayloadBytes = DEFAULT_MAX_PAYLOAD_BYTES }: { readonly maxPayloadBytes?: number } = {}) {
    if (!(maxPayloadBytes >= MIN_PAYLOAD_BYTES && maxPayloadBytes <= MAX_PAYLOAD_BYTES)) {
      throw new RangeError(`maxPayloadBytes: ${maxPayloadBytes}`);
    }
    this.#maxPayloadBytes = maxPayloadBytes;
  }

  get isFrameDone(): boolean {
    return this.#index === this.#obus.length;
  }

  handleFrame(frame: Uint8Array): void {
    this.#unit = frame;
    this.#obus = findObus(frame).filter(({ type }) => !UNSENT_TYPES.includes(type));
    this.#index = 0;
    this.#sentBytes = 0;
    this.#isFirst = true;
    this.#isNewSequence = this.#obus.some(({ type }) => type === OBU_TYPE.sequenceHeader);
  }

  pollPayload(target: Uint8Array, offset: number): number {
    if (this.isFrameDone) return 0;
    const elementCount = this.#countElements();
    const isCounted = elementCount <= MAX_COUNTED_ELEMENTS;
    const isContinuation = this.#sentBytes > 0;
    const end = offset + this.#maxPayloadBytes;
    let at = offset + 1;
    for (let element = 0; element < elementCount; element++) {
      const isLast = element === elementCount - 1;
      const hasLength = !(isCounted && isLast);
      const left = sentSize(this.#obus[this.#index] as Obu) - this.#sentBytes;
      const elementBytes = Math.min(left, end - at - (hasLength ? lengthSize(left) : 0));
      if (hasLength) at = writeLength(target, at, elementBytes, lengthSize(left));
      at = this.#writeElement(target, at, elementBytes);
    }
    const isContinued = this.#sentBytes > 0;
    target[offset] =
      (isContinuation ? 0x80 : 0) |
      (isContinued ? 0x40 : 0) |
      (isCounted ? elementCount << 4 : 0) |
      (this.#isFirst && this.#isNewSequence ? 0x08 : 0);
    this.#isFirst = false;
    return at - offset;
  }

  /** Elements of the next payload, if each had a length; at least one byte of each fits. */
  #countElements(): number {
    let room = this.#maxPayloadBytes - 1;
    let count = 0;
    for (let index = this.#index; index < this.#obus.length; index++) {
      const left = sentSize(this.#obus[index] as Obu) - (count === 0 ? this.#sentBytes : 0);
      const headerBytes = lengthSize(left);
      // A new OBU is not begun for less than its header.
      if (room < headerBytes + 2 && count > 0) break;
      count++;
      room -= headerBytes + left;
      if (room <= 0) break;
    }
    return count;
  }

  /** The next bytes of the present OBU: its header without the size flag, then its payload. Goes on to the next OBU at its end. */
  #writeElement(target: Uint8Array, start: number, sizeBytes: number): number {
    const obu = this.#obus[this.#index] as Obu;
    let at = start;
    let left = sizeBytes;
    for (; this.#sentBytes < obu.headerBytes && left > 0; left--) {
      const byte = this.#unit[obu.start + this.#sentBytes] as number;
      target[at++] = this.#sentBytes === 0 ? byte & ~0x02 : byte;
      this.#sentBytes++;
    }
    const from = obu.payloadStart + this.#sentBytes - obu.headerBytes;
    target.set(this.#unit.subarray(from, from + left), at);
    this.#sentBytes += left;
    if (this.#sentBytes === sentSize(obu)) {
      this.#index++;
      this.#sentBytes = 0;
    }
    return at + left;
  }
}

/** Bytes of an OBU without its size field. */
function sentSize({ headerBytes, payloadStart, end }: Obu): number {
  return headerBytes + end - payloadStart;
}

/** Bytes of the length before an element of up to `elementBytes`. */
function lengthSize(elementBytes: number): number {
  return elementBytes < 0x80 ? 1 : 2;
}

/** leb128, in two bytes even where one would do: the decision was made before the element was cut. */
function writeLength(target: Uint8Array, at: number, elementBytes: number, sizeBytes: number): number {
  if (sizeBytes === 1) {
    target[at] = elementBytes;
    return at + 1;
  }
  target[at] = 0x80 | (elementBytes & 0x7f);
  target[at + 1] = elementBytes >> 7;
  return at + 2;
}
