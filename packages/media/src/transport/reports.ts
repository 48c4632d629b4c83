import type { Consumer } from "../router/consumer.js";
import type { ExtendedReport } from "../rtcp/extended-report.js";
import type { ReportBlock } from "../rtcp/report-block.js";
import type { KnownRtcpPacket } from "../rtcp/rtcp-packet.js";
import type { SenderReport } from "../rtcp/sender-report.js";
import type { Instant } from "../time/instant.js";
import { type NtpTime, ntpFraction, ntpSeconds } from "../time/ntp-time.js";
import type { ReferenceTimes } from "./reference-times.js";
import type { RtpReception } from "./rtp-reception.js";

/** Between two rounds of reports, ms (libwebrtc: 1 s for video). */
export const REPORT_INTERVAL_MS = 1000;

/** Sender of the reports and feedback of a Transport that itself sends nothing; any constant will do, receivers key on the media SSRC. */
export const REPORTER_SSRC = 1;

/** Report blocks per packet: the count field has five bits (RFC 3550 §6.4.1). */
const MAX_BLOCKS = 31;

/** Sender reports per compound packet: 28 bytes each, and the whole stays within one datagram. */
const MAX_SENDER_REPORTS = 16;

/** A Transport as its reports know it. */
export interface ReportSource {
  readonly id: string;
  readonly reception: RtpReception;
  readonly consumersBySsrc: ReadonlyMap<number, Consumer>;
  readonly referenceTimes: ReferenceTimes;
}

/**
 * The compound packets a Transport owes its peer now: a receiver report on everything that arrives (RFC 3550 §6.4.2) and a
 * sender report for everything that is sent (§6.4.1), each compound with the CNAME it needs (§6.1).
 *
 * A peer to which nothing is sent has nothing to report on, so the round trip is measured by our reference time instead
 * (RFC 3611 §4.4); a peer that measures it so gets its answer.
 */
export function buildReports(source: ReportSource, ntpNow: NtpTime, now: Instant): KnownRtcpPacket[][] {
  const compounds: KnownRtcpPacket[][] = [];
  const senderReports = [...source.consumersBySsrc.values()].flatMap((consumer) => senderReport(consumer, ntpNow) ?? []);
  const blocks: ReportBlock[] = [];
  for (const producer of source.reception.producers) {
    for (const stream of producer.streams) {
      const block = stream.statistics.takeReportBlock(stream.ssrc >>> 0, now);
      if (block !== undefined) blocks.push(block);
    }
  }
  for (let index = 0; index < blocks.length; index += MAX_BLOCKS) {
    compounds.push([
      { type: "receiverReport", ssrc: REPORTER_SSRC, reports: blocks.slice(index, index + MAX_BLOCKS) },
      sourceDescription(REPORTER_SSRC, source.id),
    ]);
  }
  const isMeasuring = blocks.length > 0 && senderReports.length === 0;
  const delays = source.referenceTimes.takeDelays(now);
  if (isMeasuring || delays.length > 0) {
    compounds.push([
      { type: "receiverReport", ssrc: REPORTER_SSRC, reports: [] },
      extendedReport(isMeasuring ? ntpNow : undefined, delays),
      sourceDescription(REPORTER_SSRC, source.id),
    ]);
  }
  for (let index = 0; index < senderReports.length; index += MAX_SENDER_REPORTS) {
    const reports = senderReports.slice(index, index + MAX_SENDER_REPORTS);
    // One CNAME stands for the compound (§6.1); the others' are in SDP.
    const first = source.consumersBySsrc.get((reports[0]?.ssrc ?? 0) | 0);
    compounds.push([...reports, sourceDescription(reports[0]?.ssrc ?? REPORTER_SSRC, first?.cname ?? source.id)]);
  }
  return compounds;
}

function senderReport(consumer: Consumer, ntpNow: NtpTime): SenderReport | undefined {
  const times = consumer.senderReport(ntpNow);
  if (times === undefined) return undefined;
  return {
    type: "senderReport",
    ssrc: consumer.ssrc >>> 0,
    ntpSeconds: ntpSeconds(times.ntp),
    ntpFraction: ntpFraction(times.ntp),
    rtpTimestamp: times.rtpTimestamp,
    packetCount: consumer.packetsSent >>> 0,
    octetCount: consumer.payloadBytesSent >>> 0,
    reports: [],
  };
}

function extendedReport(ntpNow: NtpTime | undefined, delays: ExtendedReport["delays"]): ExtendedReport {
  const report = { type: "extendedReport", ssrc: REPORTER_SSRC, delays } as const;
  if (ntpNow === undefined) return report;
  return { ...report, referenceTime: { ntpSeconds: ntpSeconds(ntpNow), ntpFraction: ntpFraction(ntpNow) } };
}

function sourceDescription(ssrc: number, cname: string): KnownRtcpPacket {
  return { type: "sourceDescription", chunks: [{ ssrc, cname }] };
}
