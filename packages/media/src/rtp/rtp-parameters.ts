/**
 * What SDP says about RTP, as plain data: it crosses process boundaries unchanged. Shapes follow RFC 3264/8829 sections and
 * the W3C RTCRtpParameters names.
 */
export type MediaKind = "audio" | "video";

export interface RtpCodec {
  /** 0–127. */
  readonly payloadType: number;
  /** Encoding name as registered, compared without case: "VP8", "VP9", "H264", "AV1", "opus", "red", "rtx". */
  readonly name: string;
  readonly clockRate: number;
  /** Audio only; absent means 1. */
  readonly channels?: number;
  /** fmtp parameters; for rtx it holds `apt`, for red the key "" holds e.g. "111/111". */
  readonly parameters: Readonly<Record<string, string>>;
  /** rtcp-fb values, e.g. "nack", "nack pli", "ccm fir", "transport-cc", "goog-remb". */
  readonly feedback: readonly string[];
}

export interface RtpHeaderExtension {
  /** 1–14 for the one-byte form, 1–255 for the two-byte form (RFC 8285). */
  readonly id: number;
  readonly uri: string;
}

/** One RTP stream of a section: an SSRC with its retransmission SSRC, or a simulcast rid whose SSRC comes with its packets. */
export interface RtpEncoding {
  readonly ssrc?: number;
  readonly rtxSsrc?: number;
  readonly rid?: string;
}

/** What a peer sends in one media section. */
export interface RtpParameters {
  readonly mid: string;
  readonly kind: MediaKind;
  /** Only codecs that both sides agreed on, in order of preference, rtx and red included. */
  readonly codecs: readonly RtpCodec[];
  readonly headerExtensions: readonly RtpHeaderExtension[];
  /** Empty when SDP named no SSRC: the packets' MID (and RID) extension tells. */
  readonly encodings: readonly RtpEncoding[];
  readonly cname?: string;
}

/** Header extensions this core knows by name. */
export const EXTENSION_URI = {
  mid: "urn:ietf:params:rtp-hdrext:sdes:mid",
  rid: "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
  repairedRid: "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
  audioLevel: "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
  videoOrientation: "urn:3gpp:video-orientation",
  absoluteSendTime: "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
  transportWideSequenceNumber: "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
  playoutDelay: "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
  videoContentType: "http://www.webrtc.org/experiments/rtp-hdrext/video-content-type",
  videoTiming: "http://www.webrtc.org/experiments/rtp-hdrext/video-timing",
  dependencyDescriptor: "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension",
  absoluteCaptureTime: "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time",
} as const;
