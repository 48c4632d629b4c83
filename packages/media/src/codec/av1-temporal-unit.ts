import { OBU_TYPE } from "./av1-payload.js";
import { leb128Size, leb128Value } from "./leb128.js";

/** One OBU of a temporal unit, as offsets into it. */
export interface Obu {
  readonly type: number;
  readonly start: number;
  /** 1, or 2 with an extension header. */
  readonly headerBytes: number;
  /** Of what follows the header and the size field, if there is one. */
  readonly payloadStart: number;
  readonly end: number;
}

/** OBUs of one temporal unit at most; further ones are left out. A frame of 64 × 64 tiles in groups of its own is longer. */
const MAX_OBUS = 512;

/**
 * The OBUs of a temporal unit in low-overhead format (AV1 specification §5.2), up to the first that does not fit into it.
 * An OBU without a size field reaches to the end.
 */
export function findObus(unit: Uint8Array): Obu[] {
  const obus: Obu[] = [];
  let at = 0;
  while (at < unit.length && obus.length < MAX_OBUS) {
    const header = unit[at] as number;
    const headerBytes = (header & 0x04) !== 0 ? 2 : 1;
    let payloadStart = at + headerBytes;
    let end = unit.length;
    if ((header & 0x02) !== 0) {
      const sizeFieldBytes = leb128Size(unit, payloadStart, unit.length);
      if (sizeFieldBytes === 0) break;
      end = payloadStart + sizeFieldBytes + leb128Value(unit, payloadStart, sizeFieldBytes);
      payloadStart += sizeFieldBytes;
    }
    if (payloadStart > unit.length || end > unit.length) break;
    obus.push({ type: (header >> 3) & 0x0f, start: at, headerBytes, payloadStart, end });
    at = end;
  }
  return obus;
}

/** Whether a decoder can start with the temporal unit: it brings a sequence header. */
export function isAv1KeyFrameData(unit: Uint8Array): boolean {
  return findObus(unit).some(({ type }) => type === OBU_TYPE.sequenceHeader);
}
