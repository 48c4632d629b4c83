/**
 * What a session description may cost. The counts are several times what any real offer has. The text is not: Chromium offers
 * all its codecs in 5.9 kB for one audio and one video section to receive, so it gets to 44 such pairs; beyond that a client
 * names fewer codecs (`setCodecPreferences`).
 */
export const MAX_SDP_BYTES = 256 * 1024;
export const MAX_SDP_LINE_BYTES = 4096;
export const MAX_SECTIONS = 512;
/** Formats of one `m=` line. */
export const MAX_CODECS_PER_SECTION = 128;
/** RTP payload types are seven bits (RFC 3550 §5.1). */
export const MAX_PAYLOAD_TYPE = 127;
/** Header extension ids of the two-byte form (RFC 8285 §4.3). */
export const MAX_EXTENSION_ID = 255;
export const MAX_EXTENSIONS_PER_SECTION = 64;
/** The value of one `a=fmtp` line, and of all fmtp lines of one payload type together. */
export const MAX_FMTP_BYTES = 2048;
export const MAX_FEEDBACK_PER_CODEC = 32;
export const MAX_RIDS_PER_SECTION = 16;
export const MAX_SSRCS_PER_SECTION = 32;
export const MAX_SSRC_GROUPS_PER_SECTION = 32;
export const MAX_CANDIDATES_PER_SECTION = 64;
export const MAX_FINGERPRINTS = 8;
export const MAX_MSIDS_PER_SECTION = 8;
export const MAX_GROUPS = 8;
/** mid and rid travel in header extensions; every real client stays below 40. */
export const MAX_MID_BYTES = 64;
export const MAX_RID_BYTES = 64;
