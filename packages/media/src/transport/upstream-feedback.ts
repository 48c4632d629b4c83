import type { Producer } from "../router/producer.js";
import type { ReceiveStream } from "../router/receive-stream.js";
import type { KnownRtcpPacket } from "../rtcp/rtcp-packet.js";
import type { Instant } from "../time/instant.js";
import { REPORTER_SSRC } from "./reports.js";
import type { RtpReception } from "./rtp-reception.js";

/** Lost packets asked for in one RTCP packet: 800 bytes at worst, when no two of them share an item. */
const MAX_NACKED = 200;

/** A Transport as its own requests know it. */
export interface FeedbackSource {
  readonly outlet: { readonly isReady: boolean };
  readonly reception: Pick<RtpReception, "producers" | "congestion">;
  /** To the peer and back; undefined while unknown. */
  readonly roundTripMs: number | undefined;
  sendRtcp(packets: readonly KnownRtcpPacket[]): boolean;
}

/**
 * Asks the peer for what its streams lack: lost packets (NACK) and key frames (PLI or FIR); and tells its congestion control how
 * they arrive.
 *
 * A stream that nobody watches asks for no packets: repairing it would cost the publisher's uplink and serve nobody. Whoever
 * comes to watch it begins at a key frame.
 */
export function pollFeedback(transport: FeedbackSource, now: Instant): void {
  if (!transport.outlet.isReady) return;
  pollCongestionFeedback(transport, now);
  for (const producer of transport.reception.producers) {
    for (const stream of producer.streams) {
      if (stream.nack !== undefined) pollNack(transport, producer, stream, now);
      if (!stream.keyFrames.pollRequest(now)) continue;
      stream.keyFrameRequestsSent++;
      send(transport, keyFrameRequest(stream));
    }
  }
}

function pollCongestionFeedback(transport: FeedbackSource, now: Instant): void {
  const { reception } = transport;
  let due = reception.congestion.poll(REPORTER_SSRC, reception.producers, now);
  while (due !== undefined) {
    send(transport, due);
    due = reception.congestion.poll(REPORTER_SSRC, reception.producers, now);
  }
}

function pollNack(transport: FeedbackSource, producer: Producer, stream: ReceiveStream, now: Instant): void {
  const { nack } = stream;
  const due = nack?.pollTimeout();
  if (nack === undefined) return;
  if (due !== undefined && due <= now) {
    if (producer.isWatched(stream)) {
      const lost = nack.pollNack(now, transport.roundTripMs);
      stream.packetsNacked += lost.length;
      for (let first = 0; first < lost.length; first += MAX_NACKED) {
        const sequenceNumbers = lost.slice(first, first + MAX_NACKED).map((extended) => extended & 0xffff);
        send(transport, { type: "nack", senderSsrc: REPORTER_SSRC, mediaSsrc: stream.ssrc >>> 0, sequenceNumbers });
      }
    } else {
      nack.abandon();
    }
  }
  if (nack.takeHopeless() && stream.kind === "video" && producer.isWatched(stream)) stream.keyFrames.request(now);
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
