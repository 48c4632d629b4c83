import type { ReceiveStream } from "../router/receive-stream.js";
import { DEFAULT_ROUND_TRIP_MS } from "../router/retransmission-gate.js";
import type { KnownRtcpPacket } from "../rtcp/rtcp-packet.js";
import type { Instant } from "../time/instant.js";
import { REPORTER_SSRC } from "./reports.js";
import type { RtpReception } from "./rtp-reception.js";

/** Lost packets asked for in one RTCP packet. */
const MAX_NACKED = 200;

/** A Transport as its own requests know it. */
export interface FeedbackSource {
  readonly outlet: { readonly isReady: boolean };
  readonly reception: Pick<RtpReception, "producers">;
  sendRtcp(packets: readonly KnownRtcpPacket[]): boolean;
}

/** Asks the peer for what its streams lack: lost packets (NACK) and key frames (PLI or FIR). */
export function pollFeedback(transport: FeedbackSource, now: Instant): void {
  if (!transport.outlet.isReady) return;
  for (const producer of transport.reception.producers) {
    for (const stream of producer.streams) {
      const { nack, keyFrames } = stream;
      const nackDue = nack?.pollTimeout();
      if (nack !== undefined && nackDue !== undefined && nackDue <= now) {
        const lost = nack.pollNack(now, DEFAULT_ROUND_TRIP_MS);
        for (let first = 0; first < lost.length; first += MAX_NACKED) {
          const sequenceNumbers = lost.slice(first, first + MAX_NACKED).map((extended) => extended & 0xffff);
          send(transport, { type: "nack", senderSsrc: REPORTER_SSRC, mediaSsrc: stream.ssrc >>> 0, sequenceNumbers });
        }
      }
      if (keyFrames.pollRequest(now)) send(transport, keyFrameRequest(stream));
    }
  }
}

/** A PLI, which leaves the publisher the choice of how (RFC 4585 §6.3.1), or a FIR where that is all it understands. */
function keyFrameRequest(stream: ReceiveStream): KnownRtcpPacket {
  const mediaSsrc = stream.ssrc >>> 0;
  if (stream.understandsPli) return { type: "pli", senderSsrc: REPORTER_SSRC, mediaSsrc };
  stream.firSequenceNumber = (stream.firSequenceNumber + 1) & 0xff;
  const entry = { ssrc: mediaSsrc, sequenceNumber: stream.firSequenceNumber };
  return { type: "fir", senderSsrc: REPORTER_SSRC, entries: [entry] };
}

/** Feedback travels in a compound that begins with an (empty) receiver report (RFC 3550 §6.1). */
function send(transport: FeedbackSource, feedback: KnownRtcpPacket): void {
  transport.sendRtcp([{ type: "receiverReport", ssrc: REPORTER_SSRC, reports: [] }, feedback]);
}
