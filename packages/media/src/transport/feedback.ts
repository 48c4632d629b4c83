import type { BandwidthEstimator } from "../congestion/bandwidth-estimator.js";
import type { Consumer } from "../router/consumer.js";
import type { SenderClock } from "../router/sender-clock.js";
import type { ExtendedReport } from "../rtcp/extended-report.js";
import { type ReportBlock, roundTripSince, roundTripTimeMs } from "../rtcp/report-block.js";
import type { RtcpPacket } from "../rtcp/rtcp-packet.js";
import type { Instant } from "../time/instant.js";
import { type NtpTime, ntpFromWire, ntpMiddle } from "../time/ntp-time.js";
import type { ReferenceTimes } from "./reference-times.js";
import { REPORTER_SSRC } from "./reports.js";
import type { RoundTripTime } from "./round-trip-time.js";
import type { RtpReception } from "./rtp-reception.js";

/** Lost packets answered per RTCP compound; more than any honest receiver asks for at once (17 per item, 60 items a packet). */
const MAX_NACKED_PER_COMPOUND = 256;

/** Statuses of transport-wide feedback that cost as much as a packet: 15 ns each. */
const STATUSES_PER_UNIT = 200;

/** A Transport as feedback knows it. */
export interface FeedbackTarget {
  readonly reception: RtpReception;
  readonly consumersBySsrc: ReadonlyMap<number, Consumer>;
  /** The peer's wall clock. */
  readonly clock: SenderClock;
  readonly outlet: { readonly roundTrip: RoundTripTime; readonly bandwidth: BandwidthEstimator };
  readonly referenceTimes: ReferenceTimes;
}

/**
 * Hands what a peer reports and asks for to the streams it is about. Packets about SSRCs that are not here are ignored. Returns
 * what it cost besides what was sent, in packets' worth of work (see FEEDBACK_QUEUE).
 */
export function dispatchFeedback(
  target: FeedbackTarget,
  packets: readonly RtcpPacket[],
  ntpNow: NtpTime,
  now: Instant,
): number {
  let nackBudget = MAX_NACKED_PER_COMPOUND;
  let statuses = 0;
  for (const packet of packets) {
    switch (packet.type) {
      case "senderReport": {
        const found = target.reception.streamFor(packet.ssrc);
        if (found !== undefined) {
          const theirs = ntpFromWire(packet.ntpSeconds, packet.ntpFraction);
          target.clock.handleReport(theirs, ntpNow);
          found.stream.senderReport = { ntp: theirs, rtpTimestamp: packet.rtpTimestamp };
          found.stream.statistics.handleSenderReport(ntpMiddle(theirs), now);
        }
        handleBlocks(target, packet.reports, ntpNow, now);
        break;
      }
      case "receiverReport":
        handleBlocks(target, packet.reports, ntpNow, now);
        break;
      case "nack": {
        const consumer = target.consumersBySsrc.get(packet.mediaSsrc | 0);
        if (consumer === undefined || nackBudget <= 0) break;
        const { sequenceNumbers } = packet;
        const lost = sequenceNumbers.length > nackBudget ? sequenceNumbers.slice(0, nackBudget) : sequenceNumbers;
        nackBudget -= lost.length;
        consumer.handleNack(lost, now);
        break;
      }
      case "extendedReport":
        if (packet.referenceTime !== undefined)
          target.referenceTimes.handleReferenceTime(packet.ssrc, packet.referenceTime, now);
        handleDelays(target, packet, ntpNow);
        break;
      case "pli":
        target.consumersBySsrc.get(packet.mediaSsrc | 0)?.handleKeyFrameRequest(now);
        break;
      case "fir":
        for (const entry of packet.entries) target.consumersBySsrc.get(entry.ssrc | 0)?.handleKeyFrameRequest(now);
        break;
      case "transportFeedback":
        statuses += packet.arrivals.length;
        target.outlet.bandwidth.handleFeedback(packet, now);
        break;
      case "remb":
        target.outlet.bandwidth.handleRemb(packet.bitrateBps, now);
        break;
      case "sourceDescription":
      case "bye":
      case "unknown":
        break;
    }
  }
  return Math.floor(statuses / STATUSES_PER_UNIT);
}

function handleBlocks(target: FeedbackTarget, blocks: readonly ReportBlock[], ntpNow: NtpTime, now: Instant): void {
  let roundTripMs: number | undefined;
  let lossRatio = -1;
  for (const block of blocks) {
    const consumer = target.consumersBySsrc.get(block.ssrc | 0);
    if (consumer === undefined) continue;
    consumer.handleReport(block);
    lossRatio = Math.max(lossRatio, consumer.lossRatio);
    roundTripMs ??= roundTripTimeMs(block, ntpNow);
  }
  if (lossRatio >= 0) target.outlet.bandwidth.handleReceiverReport(lossRatio, roundTripMs, now);
  // One sample a report: its blocks all travelled together.
  if (roundTripMs !== undefined) target.outlet.roundTrip.handleSample(roundTripMs);
}

function handleDelays(target: FeedbackTarget, { delays }: ExtendedReport, ntpNow: NtpTime): void {
  const ours = delays.find(({ ssrc }) => ssrc === REPORTER_SSRC);
  const roundTripMs = ours && roundTripSince(ours.lastReferenceTime, ours.delaySinceLast, ntpNow);
  if (roundTripMs !== undefined) target.outlet.roundTrip.handleSample(roundTripMs);
}
