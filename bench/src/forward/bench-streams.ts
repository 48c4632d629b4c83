import type { ConsumerParameters, RtpCodec } from "@sluice/media";

/** What the bench publishes and subscribes to. */
export const BENCH_CODEC: RtpCodec = {
  payloadType: 96,
  name: "VP8",
  clockRate: 90_000,
  parameters: {},
  feedback: ["nack", "nack pli"],
};

/** RTP streams of the bench: what the publisher sends, and the first of the SSRCs that subscribers receive. */
export const PUBLISHER_SSRC = 1000;
export const FIRST_SUBSCRIBER_SSRC = 2000;

/** A Consumer of the one Producer there is. */
export function consumerOf(ssrc: number): ConsumerParameters {
  return {
    consumerId: `c${ssrc}`,
    producerId: "p",
    kind: "video",
    mid: "0",
    ssrc,
    cname: "bench",
    codecs: [BENCH_CODEC],
    headerExtensions: [],
    isPaused: false,
  };
}
