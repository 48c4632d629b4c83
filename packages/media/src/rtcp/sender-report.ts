import { parseReportBlocks, REPORT_BLOCK_BYTES, type ReportBlock, writeReportBlocks } from "./report-block.js";
import { createSection, RTCP_PACKET_TYPE, type RtcpSection } from "./rtcp-section.js";

const SENDER_BYTES = 24;

/** SR (RFC 3550 §6.4.1): ties an RTP timestamp to the wall clock, and carries report blocks. */
export interface SenderReport {
  readonly type: "senderReport";
  readonly ssrc: number;
  /** 64-bit NTP time in its two halves; {@link ntpFromWire} makes an NtpTime of them. */
  readonly ntpSeconds: number;
  readonly ntpFraction: number;
  /** The same moment on the stream's own clock. */
  readonly rtpTimestamp: number;
  /** Modulo 2^32, as is the octet count. */
  readonly packetCount: number;
  /** Payload bytes, headers and padding not counted. */
  readonly octetCount: number;
  /** At most 31. */
  readonly reports: readonly ReportBlock[];
}

/** Profile-specific extensions behind the report blocks are ignored. */
export function parseSenderReport({ count, body }: RtcpSection): SenderReport | undefined {
  if (body.byteLength < SENDER_BYTES) return undefined;
  const reports = parseReportBlocks(body, SENDER_BYTES, count);
  if (reports === undefined) return undefined;
  return {
    type: "senderReport",
    ssrc: body.getUint32(0),
    ntpSeconds: body.getUint32(4),
    ntpFraction: body.getUint32(8),
    rtpTimestamp: body.getUint32(12),
    packetCount: body.getUint32(16),
    octetCount: body.getUint32(20),
    reports,
  };
}

export function serializeSenderReport(report: SenderReport): Uint8Array {
  const { bytes, body } = createSection(
    RTCP_PACKET_TYPE.senderReport,
    report.reports.length,
    SENDER_BYTES + report.reports.length * REPORT_BLOCK_BYTES,
  );
  body.setUint32(0, report.ssrc);
  body.setUint32(4, report.ntpSeconds);
  body.setUint32(8, report.ntpFraction);
  body.setUint32(12, report.rtpTimestamp);
  body.setUint32(16, report.packetCount);
  body.setUint32(20, report.octetCount);
  writeReportBlocks(body, SENDER_BYTES, report.reports);
  return bytes;
}
