import { DEFAULT_ROUND_TRIP_MS } from "../router/retransmission-gate.js";
import type { KnownRtcpPacket } from "../rtcp/rtcp-packet.js";
import type { Instant } from "../time/instant.js";
import { REPORTER_SSRC } from "./reports.js";
import type { Transport } from "./transport.js";

/** Lost packets asked for in one RTCP packet. */
const MAX_NACKED = 200;

/** Asks the peer for what its streams lack: lost packets (NACK) and key frames (PLI). */
export function pollFeedback(transport: Transport, now: Instant): void {
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
      if (keyFrames.pollRequest(now)) {
        send(transport, { type: "pli", senderSsrc: REPORTER_SSRC, mediaSsrc: stream.ssrc >>> 0 });
      }
    }
  }
}

/** Feedback travels in a compound that begins with an (empty) receiver report (RFC 3550 §6.1). */
function send(transport: Transport, feedback: KnownRtcpPacket): void {
  transport.sendRtcp([{ type: "receiverReport", ssrc: REPORTER_SSRC, reports: [] }, feedback]);
}
