import type { RtpHeader } from "../../rtp/rtp-header.js";
import type { ReceiveStream } from "../receive-stream.js";

/** 1.5 s, the longest that is replayed, become 94 ms, about as long as it takes to send; frames stay 2 ms apart. */
export const PAST_SPEED = 16;

/** Segments that are remembered; a switch of streams takes a key frame, so these are seconds. */
const MAX_SEGMENTS = 8;

/** A stretch of what a Consumer sent: packets of one RTP stream, all rewritten alike. */
export class SentSegment {
  /** Extended sequence number of its first packet, as sent. */
  firstSent = 0;
  stream: ReceiveStream | undefined;
  /** Added to the stream's RTP timestamps. */
  timestampOffset = 0;
  /** Packets up to this extended number, as received, were of the past when the segment began; -1 for none. */
  pastTo = -1;
  /** RTP timestamp of the newest of them, as received. */
  pastTimestamp = 0;
  /** Added to the frame numbers of its dependency descriptors (AV1 RTP specification §A.8). */
  frameNumberOffset = 0;

  /**
   * The timestamp to send a packet with. What was of the past is told to be of just now, its time run {@link PAST_SPEED} times as
   * fast: the receiver decodes it at once and goes on with the present, instead of playing it and staying late.
   */
  timestampOf({ timestamp, extendedSequenceNumber }: RtpHeader): number {
    if (extendedSequenceNumber > this.pastTo) return (timestamp + this.timestampOffset) | 0;
    const past = Math.ceil(((this.pastTimestamp - timestamp) | 0) / PAST_SPEED);
    return (this.pastTimestamp - past + this.timestampOffset) | 0;
  }
}

/** The last segments a Consumer sent: with the SentPacketLog all that it takes to build a packet again. */
export class SentSegments {
  readonly #segments: readonly SentSegment[] = Array.from({ length: MAX_SEGMENTS }, () => new SentSegment());
  #count = 0;

  /** Begins a segment; the object of the oldest one is reused, with what it held. */
  begin(firstSent: number, stream: ReceiveStream): SentSegment {
    const segment = this.#segments[this.#count++ % MAX_SEGMENTS] as SentSegment;
    segment.firstSent = firstSent;
    segment.stream = stream;
    return segment;
  }

  /** The one that the number belongs to; undefined when it is forgotten. */
  find(sent: number): SentSegment | undefined {
    const oldest = Math.max(0, this.#count - MAX_SEGMENTS);
    for (let index = this.#count - 1; index >= oldest; index--) {
      const segment = this.#segments[index % MAX_SEGMENTS] as SentSegment;
      if (sent >= segment.firstSent) return segment;
    }
    return undefined;
  }
}
