import type { RtpCodec } from "@sluice/media";

/** What we answer and send for every picture: loss repair, requests for key frames (RFC 4585, RFC 5104), congestion control. */
const VIDEO_FEEDBACK = ["nack", "nack pli", "ccm fir", "transport-cc"];

export const OPUS: RtpCodec = {
  payloadType: 111,
  name: "opus",
  clockRate: 48_000,
  channels: 2,
  parameters: { minptime: "10", useinbandfec: "1" },
  feedback: ["nack", "transport-cc"],
};

export const VP8: RtpCodec = video(96, "VP8");

/** Profiles 0 and 2: 4:2:0 of 8 bits, and of 10 or 12 (RFC 9628 §6.1). */
export const VP9_PROFILES: Readonly<Record<number, RtpCodec>> = {
  0: video(98, "VP9", { "profile-id": "0" }),
  2: video(100, "VP9", { "profile-id": "2" }),
};

/** Main profile: 4:2:0 of 8 or 10 bits (RTP Payload Format for AV1 §7.2). */
export const AV1: RtpCodec = video(45, "AV1", { profile: "0" });

/** In one BUNDLE a payload type means one thing (RFC 8843 §9.1), and a file's profile may be none of those below. */
const SENT_H264_PAYLOAD_TYPE = 120;

/** `profileLevelId`: six hexadecimal digits (RFC 6184 §8.1). */
export function h264(profileLevelId: string, payloadType = SENT_H264_PAYLOAD_TYPE): RtpCodec {
  return video(payloadType, "H264", {
    "level-asymmetry-allowed": "1",
    "packetization-mode": "1",
    "profile-level-id": profileLevelId,
  });
}

/** RTX for `codec` (RFC 4588), under the next payload type. */
export function rtxFor({ payloadType, clockRate }: RtpCodec): RtpCodec {
  return { payloadType: payloadType + 1, name: "rtx", clockRate, parameters: { apt: String(payloadType) }, feedback: [] };
}

/** Everything Sluice forwards: we decode nothing, so we can receive it all. */
export const RECEIVED_CODECS = {
  audio: [OPUS],
  video: [
    VP8,
    ...Object.values(VP9_PROFILES),
    // Level 3.1 as browsers offer it; the level of what is received does not matter (level-asymmetry-allowed).
    h264("42e01f", 102),
    h264("42001f", 104),
    h264("4d001f", 106),
    h264("640c1f", 108),
    h264("64001f", 112),
    h264("f4001f", 114),
    AV1,
  ].flatMap((codec) => [codec, rtxFor(codec)]),
} as const satisfies Record<string, readonly RtpCodec[]>;

function video(payloadType: number, name: string, parameters: Readonly<Record<string, string>> = {}): RtpCodec {
  return { payloadType, name, clockRate: 90_000, parameters, feedback: VIDEO_FEEDBACK };
}
