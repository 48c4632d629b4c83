import { parseReportBlocks, REPORT_BLOCK_BYTES, type ReportBlock, writeReportBlocks } from "./report-block.js";
import { createSection, RTCP_PACKET_TYPE, type RtcpSection } from "./rtcp-section.js";

const SSRC_BYTES = 4;

/** RR (RFC 3550 §6.4.2). */
export interface ReceiverReport {
  readonly type: "receiverReport";
  /** Of the reporter. */
  readonly ssrc: number;
  /** At most 31. */
  readonly reports: readonly ReportBlock[];
}

/** Profile-specific extensions behind the report blocks are ignored. */
export function parseReceiverReport({ count, body }: RtcpSection): ReceiverReport | undefined {
  if (body.byteLength < SSRC_BYTES) return undefined;
  const reports = parseReportBlocks(body, SSRC_BYTES, count);
  return reports && { type: "receiverReport", ssrc: body.getUint32(0), reports };
}

export function serializeReceiverReport(report: ReceiverReport): Uint8Array {
  const { bytes, body } = createSection(
    RTCP_PACKET_TYPE.receiverReport,
    report.reports.length,
    SSRC_BYTES + report.reports.length * REPORT_BLOCK_BYTES,
  );
  body.setUint32(0, report.ssrc);
  writeReportBlocks(body, SSRC_BYTES, report.reports);
  return bytes;
}
