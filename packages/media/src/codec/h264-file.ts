import { findNalUnits } from "./annex-b.js";
import { H264_NAL_TYPE } from "./h264-nal-type.js";

/** NAL units of one file at most. */
const MAX_UNITS = 1_000_000;

/** One picture with the parameter sets before it, in Annex B form. */
export interface H264AccessUnit {
  /** A part of the file's own bytes. */
  readonly data: Uint8Array;
  readonly isKeyFrame: boolean;
}

/**
 * Cuts an H.264 byte stream into access units (ITU-T H.264 §7.4.1.2.3). The stream has no times: the caller knows the
 * frame rate.
 *
 * @returns undefined when there is no picture in it
 */
export function parseH264File(stream: Uint8Array): H264AccessUnit[] | undefined {
  const units: number[] = [];
  findNalUnits(stream, units, MAX_UNITS);
  const accessUnits: H264AccessUnit[] = [];
  let start = 0;
  let hasPicture = false;
  let isKeyFrame = false;
  for (let index = 0; index < units.length; index += 2) {
    const unitStart = units[index] as number;
    const type = (stream[unitStart] as number) & 0x1f;
    if (hasPicture && isStartOfAccessUnit(type, stream[unitStart + 1] ?? 0)) {
      // The start code belongs to the unit, with the zero that may lead it.
      const end = startCodeBefore(stream, unitStart);
      accessUnits.push({ data: stream.subarray(start, end), isKeyFrame });
      start = end;
      hasPicture = false;
      isKeyFrame = false;
    }
    if (isSlice(type)) hasPicture = true;
    if (type === H264_NAL_TYPE.idrSlice) isKeyFrame = true;
  }
  if (hasPicture) accessUnits.push({ data: stream.subarray(start), isKeyFrame });
  return accessUnits.length > 0 ? accessUnits : undefined;
}

/** Whether a unit that follows a slice starts the next access unit. `payload` is its first byte after the header. */
function isStartOfAccessUnit(type: number, payload: number): boolean {
  // A slice whose first_mb_in_slice, an Exp-Golomb number, is 0 (one bit set) is the first of its picture.
  if (isSlice(type)) return (payload & 0x80) !== 0;
  const isBeforeSlices = type >= H264_NAL_TYPE.supplementalEnhancementInformation && type <= H264_NAL_TYPE.accessUnitDelimiter;
  return isBeforeSlices || (type >= 14 && type <= 18);
}

function isSlice(type: number): boolean {
  return type === H264_NAL_TYPE.slice || type === H264_NAL_TYPE.idrSlice;
}

function startCodeBefore(stream: Uint8Array, unitStart: number): number {
  const at = unitStart - 3;
  return at > 0 && stream[at - 1] === 0 ? at - 1 : at;
}
