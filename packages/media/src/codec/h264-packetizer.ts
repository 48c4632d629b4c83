import { findNalUnits } from "./annex-b.js";
import { H264_NAL_TYPE } from "./h264-nal-type.js";
import { DEFAULT_MAX_PAYLOAD_BYTES, type Packetizer } from "./packetizer.js";
import { PayloadParts } from "./payload-parts.js";

/** NAL units of one access unit at most; further ones are dropped. Level 5.2 at its smallest slices needs fewer. */
const MAX_UNITS = 512;

/** FU indicator and FU header (RFC 6184 §5.8). */
const FU_HEADER_BYTES = 2;

/** Long enough for a STAP-A of two parameter sets to be worth having. */
const MIN_PAYLOAD_BYTES = 16;

export interface H264PacketizerOptions {
  /** Longest payload written; at least 16. Default {@link DEFAULT_MAX_PAYLOAD_BYTES}. */
  readonly maxPayloadBytes?: number;
  /** Sends neighbouring parameter sets in one STAP-A instead of a packet each. Default true. */
  readonly canAggregate?: boolean;
}

/**
 * H.264 access units in Annex B form into RTP payloads of packetization mode 1 (RFC 6184): single NAL units, STAP-A for
 * parameter sets, FU-A for what is too long. Access unit delimiters and filler data stay behind.
 */
export class H264Packetizer implements Packetizer {
  readonly #maxPayloadBytes: number;
  readonly #canAggregate: boolean;
  readonly #parts = new PayloadParts();
  #frame: Uint8Array = new Uint8Array(0);
  /** Start and end of each unit that is sent, see {@link findNalUnits}. */
  readonly #units: number[] = [];
  #unit = 0;
  /** Start of the unit that is being sent in fragments. */
  #fragmented = 0;

  constructor({ maxPayloadBytes = DEFAULT_MAX_PAYLOAD_BYTES, canAggregate = true }: H264PacketizerOptions = {}) {
    if (!(maxPayloadBytes >= MIN_PAYLOAD_BYTES)) throw new RangeError(`maxPayloadBytes: ${maxPayloadBytes}`);
    this.#maxPayloadBytes = maxPayloadBytes;
    this.#canAggregate = canAggregate;
  }

  get isFrameDone(): boolean {
    return this.#parts.isDone && this.#unit === this.#units.length;
  }

  handleFrame(frame: Uint8Array): void {
    this.#frame = frame;
    this.#unit = 0;
    this.#parts.begin(0, 1);
    findNalUnits(frame, this.#units, MAX_UNITS);
    let kept = 0;
    for (let index = 0; index < this.#units.length; index += 2) {
      const type = this.#typeOf(index);
      if (type === H264_NAL_TYPE.accessUnitDelimiter || type === H264_NAL_TYPE.fillerData) continue;
      this.#units[kept] = this.#startOf(index);
      this.#units[kept + 1] = this.#endOf(index);
      kept += 2;
    }
    this.#units.length = kept;
  }

  pollPayload(target: Uint8Array, offset: number): number {
    if (!this.#parts.isDone) return this.#writeFragment(target, offset);
    if (this.#unit === this.#units.length) return 0;
    const aggregateEnd = this.#canAggregate ? this.#findAggregateEnd() : this.#unit;
    if (aggregateEnd > this.#unit + 2) return this.#writeAggregate(target, offset, aggregateEnd);
    const start = this.#startOf(this.#unit);
    const sizeBytes = this.#endOf(this.#unit) - start;
    this.#unit += 2;
    if (sizeBytes > this.#maxPayloadBytes) {
      this.#fragmented = start;
      this.#parts.begin(sizeBytes - 1, this.#maxPayloadBytes - FU_HEADER_BYTES);
      return this.#writeFragment(target, offset);
    }
    target.set(this.#frame.subarray(start, start + sizeBytes), offset);
    return sizeBytes;
  }

  /** Index after the last of the parameter sets that fit into one payload, from the current unit on. */
  #findAggregateEnd(): number {
    let sizeBytes = 1;
    let index = this.#unit;
    for (; index < this.#units.length && isParameterSet(this.#typeOf(index)); index += 2) {
      sizeBytes += 2 + this.#endOf(index) - this.#startOf(index);
      if (sizeBytes > this.#maxPayloadBytes) break;
    }
    return index;
  }

  /** STAP-A (RFC 6184 §5.7.1). */
  #writeAggregate(target: Uint8Array, offset: number, unitEnd: number): number {
    let importance = 0;
    let at = offset + 1;
    for (; this.#unit < unitEnd; this.#unit += 2) {
      const start = this.#startOf(this.#unit);
      const end = this.#endOf(this.#unit);
      importance = Math.max(importance, (this.#frame[start] as number) & 0x60);
      target[at] = (end - start) >> 8;
      target[at + 1] = (end - start) & 0xff;
      target.set(this.#frame.subarray(start, end), at + 2);
      at += 2 + end - start;
    }
    target[offset] = importance | H264_NAL_TYPE.stapA;
    return at - offset;
  }

  /** FU-A (RFC 6184 §5.8): the unit without its header byte, whose fields the two header bytes carry. */
  #writeFragment(target: Uint8Array, offset: number): number {
    const header = this.#frame[this.#fragmented] as number;
    const startBit = this.#parts.isFirst ? 0x80 : 0;
    const from = this.#fragmented + 1 + this.#parts.taken;
    const partBytes = this.#parts.take();
    const endBit = this.#parts.isDone ? 0x40 : 0;
    target[offset] = (header & 0xe0) | H264_NAL_TYPE.fuA;
    target[offset + 1] = startBit | endBit | (header & 0x1f);
    target.set(this.#frame.subarray(from, from + partBytes), offset + FU_HEADER_BYTES);
    return FU_HEADER_BYTES + partBytes;
  }

  #startOf(index: number): number {
    return this.#units[index] as number;
  }

  #endOf(index: number): number {
    return this.#units[index + 1] as number;
  }

  #typeOf(index: number): number {
    return (this.#frame[this.#startOf(index)] as number) & 0x1f;
  }
}

function isParameterSet(type: number): boolean {
  return type === H264_NAL_TYPE.sequenceParameterSet || type === H264_NAL_TYPE.pictureParameterSet;
}
