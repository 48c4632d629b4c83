import type { Consumer } from "../router/consumer.js";
import type { SenderClock } from "../router/sender-clock.js";
import type { ReportBlock } from "../rtcp/report-block.js";
import type { RtcpPacket } from "../rtcp/rtcp-packet.js";
import type { Instant } from "../time/instant.js";
import { type NtpTime, ntpFromWire, ntpMiddle } from "../time/ntp-time.js";
import type { RtpReception } from "./rtp-reception.js";

/** Lost packets answered per RTCP compound; more than any honest receiver asks for at once (17 per item, 60 items a packet). */
const MAX_NACKED_PER_COMPOUND = 256;

/** A Transport as feedback knows it. */
export interface FeedbackTarget {
  readonly reception: RtpReception;
  readonly consumersBySsrc: ReadonlyMap<number, Consumer>;
  /** The peer's wall clock. */
  readonly clock: SenderClock;
}

/** Hands what a peer reports and asks for to the streams it is about. Packets about SSRCs that are not here are ignored. */
export function dispatchFeedback(target: FeedbackTarget, packets: readonly RtcpPacket[], ntpNow: NtpTime, now: Instant): void {
  let nackBudget = MAX_NACKED_PER_COMPOUND;
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
        handleBlocks(target, packet.reports, ntpNow);
        break;
      }
      case "receiverReport":
        handleBlocks(target, packet.reports, ntpNow);
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
      case "pli":
        target.consumersBySsrc.get(packet.mediaSsrc | 0)?.handleKeyFrameRequest(now);
        break;
      case "fir":
        for (const entry of packet.entries) target.consumersBySsrc.get(entry.ssrc | 0)?.handleKeyFrameRequest(now);
        break;
      case "sourceDescription":
      case "bye":
      case "remb":
      case "transportFeedback":
      case "unknown":
        break;
    }
  }
}

function handleBlocks(target: FeedbackTarget, blocks: readonly ReportBlock[], ntpNow: NtpTime): void {
  for (const block of blocks) target.consumersBySsrc.get(block.ssrc | 0)?.handleReport(block, ntpNow);
}
