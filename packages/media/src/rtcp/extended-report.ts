import { createSection, RTCP_PACKET_TYPE, type RtcpSection } from "./rtcp-section.js";

const SSRC_BYTES = 4;
const BLOCK_HEADER_BYTES = 4;

/** Receiver Reference Time Report (RFC 3611 §4.4): a 64-bit NTP time. */
const REFERENCE_TIME_BLOCK = 4;
const REFERENCE_TIME_BYTES = 8;

/** Delay since the Last Receiver Reference time Report (RFC 3611 §4.5): items of three words. */
const DELAY_BLOCK = 5;
const DELAY_BYTES = 12;

/** Delays that one report may hold: a datagram has room for no more. */
export const MAX_EXTENDED_REPORT_DELAYS = 120;

/**
 * XR (RFC 3611), as far as it measures a round trip where one side sends no media and so gets no receiver reports: it says
 * what time it is, the other says how long ago it heard that.
 */
export interface ExtendedReport {
  readonly type: "extendedReport";
  /** Of the reporter. */
  readonly ssrc: number;
  readonly referenceTime?: ReferenceTime;
  /** What the reporter knows of others' reference times; at most {@link MAX_EXTENDED_REPORT_DELAYS}. */
  readonly delays: readonly ReferenceTimeDelay[];
}

/** The reporter's wall clock, in the wire's two halves. */
export interface ReferenceTime {
  readonly ntpSeconds: number;
  readonly ntpFraction: number;
}

export interface ReferenceTimeDelay {
  /** Who reported the reference time. */
  readonly ssrc: number;
  /** Middle 32 bits of that reference time; 0 when none came. */
  readonly lastReferenceTime: number;
  /** Time since it came, in 1/65536 s. */
  readonly delaySinceLast: number;
}

/** Blocks of other types are ignored; of several reference times the last counts. */
export function parseExtendedReport({ body }: RtcpSection): ExtendedReport | undefined {
  if (body.byteLength < SSRC_BYTES) return undefined;
  const delays: ReferenceTimeDelay[] = [];
  let referenceTime: ReferenceTime | undefined;
  let offset = SSRC_BYTES;
  while (offset < body.byteLength) {
    if (offset + BLOCK_HEADER_BYTES > body.byteLength) return undefined;
    const blockType = body.getUint8(offset);
    const start = offset + BLOCK_HEADER_BYTES;
    const end = start + body.getUint16(offset + 2) * 4;
    if (end > body.byteLength) return undefined;
    if (blockType === REFERENCE_TIME_BLOCK) {
      if (end - start !== REFERENCE_TIME_BYTES) return undefined;
      referenceTime = { ntpSeconds: body.getUint32(start), ntpFraction: body.getUint32(start + 4) };
    } else if (blockType === DELAY_BLOCK) {
      if ((end - start) % DELAY_BYTES !== 0) return undefined;
      for (let at = start; at < end && delays.length < MAX_EXTENDED_REPORT_DELAYS; at += DELAY_BYTES) {
        const [ssrc, lastReferenceTime, delaySinceLast] = [body.getUint32(at), body.getUint32(at + 4), body.getUint32(at + 8)];
        delays.push({ ssrc, lastReferenceTime, delaySinceLast });
      }
    }
    offset = end;
  }
  const ssrc = body.getUint32(0);
  return referenceTime === undefined
    ? { type: "extendedReport", ssrc, delays }
    : { type: "extendedReport", ssrc, referenceTime, delays };
}

/** Throws RangeError for more than {@link MAX_EXTENDED_REPORT_DELAYS}. */
export function serializeExtendedReport({ ssrc, referenceTime, delays }: ExtendedReport): Uint8Array {
  if (delays.length > MAX_EXTENDED_REPORT_DELAYS) throw new RangeError(`XR with ${delays.length} delays`);
  const referenceBytes = referenceTime === undefined ? 0 : BLOCK_HEADER_BYTES + REFERENCE_TIME_BYTES;
  const delayBytes = delays.length === 0 ? 0 : BLOCK_HEADER_BYTES + delays.length * DELAY_BYTES;
  const { bytes, body } = createSection(RTCP_PACKET_TYPE.extendedReport, 0, SSRC_BYTES + referenceBytes + delayBytes);
  body.setUint32(0, ssrc);
  let offset = SSRC_BYTES;
  if (referenceTime !== undefined) {
    body.setUint8(offset, REFERENCE_TIME_BLOCK);
    body.setUint16(offset + 2, REFERENCE_TIME_BYTES / 4);
    body.setUint32(offset + 4, referenceTime.ntpSeconds);
    body.setUint32(offset + 8, referenceTime.ntpFraction);
    offset += referenceBytes;
  }
  if (delays.length === 0) return bytes;
  body.setUint8(offset, DELAY_BLOCK);
  body.setUint16(offset + 2, (delays.length * DELAY_BYTES) / 4);
  offset += BLOCK_HEADER_BYTES;
  for (const delay of delays) {
    body.setUint32(offset, delay.ssrc);
    body.setUint32(offset + 4, delay.lastReferenceTime);
    body.setUint32(offset + 8, delay.delaySinceLast);
    offset += DELAY_BYTES;
  }
  return bytes;
}
