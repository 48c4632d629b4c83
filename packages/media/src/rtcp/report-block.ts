import { type NtpTime, ntpMiddle } from "../time/ntp-time.js";

/** Bytes of one report block on the wire. */
export const REPORT_BLOCK_BYTES = 24;

/** What a receiver says about one RTP stream (RFC 3550 §6.4.1), in wire units. */
export interface ReportBlock {
  readonly ssrc: number;
  /** Share of packets lost since the previous report, in 1/256: 0–255. */
  readonly fractionLost: number;
  /** Packets lost since the beginning; negative when duplicates came. Signed 24 bits. */
  readonly cumulativeLost: number;
  /** Rollover count in the upper 16 of 32 bits. */
  readonly extendedHighestSequenceNumber: number;
  /** In RTP timestamp units. */
  readonly jitter: number;
  /** Middle 32 bits of the NTP time in the last sender report; 0 when none came. */
  readonly lastSenderReport: number;
  /** Time since that sender report came, in 1/65536 s; 0 when none came. */
  readonly delaySinceLastSenderReport: number;
}

/** `count` blocks from `offset` on, or undefined when the body ends before them. */
export function parseReportBlocks(body: DataView, offset: number, count: number): readonly ReportBlock[] | undefined {
  if (offset + count * REPORT_BLOCK_BYTES > body.byteLength) return undefined;
  const blocks: ReportBlock[] = [];
  for (let index = 0; index < count; index++) {
    const start = offset + index * REPORT_BLOCK_BYTES;
    blocks.push({
      ssrc: body.getUint32(start),
      fractionLost: body.getUint8(start + 4),
      cumulativeLost: (body.getInt32(start + 4) << 8) >> 8,
      extendedHighestSequenceNumber: body.getUint32(start + 8),
      jitter: body.getUint32(start + 12),
      lastSenderReport: body.getUint32(start + 16),
      delaySinceLastSenderReport: body.getUint32(start + 20),
    });
  }
  return blocks;
}

export function writeReportBlocks(body: DataView, offset: number, blocks: readonly ReportBlock[]): void {
  let start = offset;
  for (const block of blocks) {
    body.setUint32(start, block.ssrc);
    body.setUint32(start + 4, (block.fractionLost << 24) | (block.cumulativeLost & 0xff_ffff));
    body.setUint32(start + 8, block.extendedHighestSequenceNumber);
    body.setUint32(start + 12, block.jitter);
    body.setUint32(start + 16, block.lastSenderReport);
    body.setUint32(start + 20, block.delaySinceLastSenderReport);
    start += REPORT_BLOCK_BYTES;
  }
}

/** Longest round trip time believed; a report that gives more is wrong or forged. */
const MAX_ROUND_TRIP_TIME_MS = 60_000;

/**
 * Round trip time that a report about our own stream gives (RFC 3550 §6.4.1), in milliseconds; `now` is the wall clock when
 * it came, the same clock as in our sender reports. Undefined when it answers no sender report or is absurd.
 */
export function roundTripTimeMs(block: ReportBlock, now: NtpTime): number | undefined {
  return roundTripSince(block.lastSenderReport, block.delaySinceLastSenderReport, now);
}

/**
 * The same of any report that quotes a time of ours (RFC 3611 §4.5 too): `sentAt` is the middle of that time as the peer gives
 * it back, `heldFor` how long it kept it, in 1/65536 s.
 */
export function roundTripSince(sentAt: number, heldFor: number, now: NtpTime): number | undefined {
  if (sentAt === 0) return undefined;
  const units = (ntpMiddle(now) - sentAt - heldFor) | 0;
  const rttMs = (units / 65_536) * 1000;
  if (rttMs > MAX_ROUND_TRIP_TIME_MS || rttMs < -1000) return undefined;
  return Math.max(0, rttMs); // slightly negative on a LAN: both fractions are rounded
}
