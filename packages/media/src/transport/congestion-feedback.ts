import { TransportFeedbackGenerator } from "../congestion/transport-feedback-generator.js";
import type { Producer } from "../router/producer.js";
import type { KnownRtcpPacket } from "../rtcp/rtcp-packet.js";
import { after, type Instant } from "../time/instant.js";

export const PUBLISHER_REMB = {
  /** What we grant to a publisher whose only congestion control by a receiver is REMB, in bit/s: it knows its losses by our reports. */
  bitrateBps: 10_000_000,
  /** Between two of them, in ms; libwebrtc sends one a second. */
  intervalMs: 1000,
  /** Streams that one of them names; the count field has eight bits. */
  maxSsrcs: 64,
} as const;

/** What a peer's congestion control needs to know of us: when its packets came, or how much we take. */
export class CongestionFeedback {
  readonly #generator = new TransportFeedbackGenerator();
  #mediaSsrc = 0;
  #nextRemb = 0 as Instant;

  /** An authentic packet with this transport-wide sequence number came, of whatever stream. */
  handlePacket(sequenceNumber: number, ssrc: number, now: Instant, ageUs: number): void {
    this.#mediaSsrc = ssrc;
    this.#generator.handlePacket(sequenceNumber, now, ageUs);
  }

  /** What is due now; call it until it returns undefined. */
  poll(senderSsrc: number, producers: Iterable<Producer>, now: Instant): KnownRtcpPacket | undefined {
    const feedback = this.#generator.pollFeedback(senderSsrc, this.#mediaSsrc >>> 0, now);
    if (feedback !== undefined) return feedback;
    if (now < this.#nextRemb) return undefined;
    this.#nextRemb = after(now, PUBLISHER_REMB.intervalMs);
    const ssrcs: number[] = [];
    for (const producer of producers) {
      if (!needsRemb(producer)) continue;
      for (const { ssrc } of producer.streams) if (ssrcs.length < PUBLISHER_REMB.maxSsrcs) ssrcs.push(ssrc >>> 0);
    }
    if (ssrcs.length === 0) return undefined;
    return { type: "remb", senderSsrc, bitrateBps: PUBLISHER_REMB.bitrateBps, ssrcs };
  }
}

function needsRemb({ parameters: { codecs } }: Producer): boolean {
  return (
    codecs.some(({ feedback }) => feedback.includes("goog-remb")) &&
    !codecs.some(({ feedback }) => feedback.includes("transport-cc"))
  );
}
