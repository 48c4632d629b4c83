import { type ConsumerParameters, EXTENSION_URI, type RtpCodec, type RtpHeaderExtension } from "@sluice/media";

/** What the bench publishes and subscribes to. */
export const BENCH_CODEC: RtpCodec = {
  payloadType: 96,
  name: "VP8",
  clockRate: 90_000,
  parameters: {},
  feedback: ["nack", "nack pli", "transport-cc"],
};

/** Congestion control is on, as with any browser: see {@link consumerOf}. */
export const TRANSPORT_WIDE: RtpHeaderExtension = { id: 3, uri: EXTENSION_URI.transportWideSequenceNumber };

/** RTP streams of the bench: what the publisher sends, and the first of the SSRCs that subscribers receive. */
export const PUBLISHER_SSRC = 1000;
export const FIRST_SUBSCRIBER_SSRC = 2000;

/**
 * A Consumer of the one Producer there is. All subscribers but the first give feedback on what they receive; the first is the
 * one whose delays are measured, and the publisher's rate is the bench's to decide.
 */
export function consumerOf(ssrc: number): ConsumerParameters {
  return {
    consumerId: `c${ssrc}`,
    producerId: "p",
    kind: "video",
    mid: "0",
    ssrc,
    cname: "bench",
    codecs: [BENCH_CODEC],
    headerExtensions: ssrc > FIRST_SUBSCRIBER_SSRC ? [TRANSPORT_WIDE] : [],
    isPaused: false,
  };
}
