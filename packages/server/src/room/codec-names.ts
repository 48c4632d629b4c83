/** The MIME types of all codecs that a node forwards, best known first; retransmission ("video/rtx") goes with every video. */
export const FORWARDED_CODECS = [
  "audio/opus",
  "audio/red",
  "audio/PCMU",
  "audio/PCMA",
  "video/VP8",
  "video/H264",
  "video/VP9",
  "video/AV1",
  "video/rtx",
] as const;
