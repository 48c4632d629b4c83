/** Bounds on what crosses the JSON-RPC door. Text lengths are UTF-16 code units unless a name says bytes. */

/** One WebSocket message, bytes on the wire. The parser compares it with the text's length, which is never larger. */
export const MAX_MESSAGE_BYTES = 262_144;
/** Calls in one JSON-RPC batch. */
export const MAX_BATCH_CALLS = 50;
/** Nesting of arrays and objects in one message; the deepest valid request has 5. */
export const MAX_MESSAGE_DEPTH = 16;
export const MAX_REQUEST_ID_LENGTH = 256;
/** One of today has 55; a later version may have more (W3C Trace Context §4.3). */
export const MAX_TRACEPARENT_LENGTH = 256;
/** Participant, track and room ids. */
export const MAX_ID_LENGTH = 64;
/** With JSON's escapes it just fits a message. Chromium's offers grow by 5.9 kB for each audio and video pair received. */
export const MAX_SDP_LENGTH = 250_000;
/** Media sections named in one offer or answer. */
export const MAX_SECTIONS = 1_000;
/** A media identification tag (RFC 9143 leaves it open; browsers use one or two digits). */
export const MAX_MID_LENGTH = 32;
export const MAX_CANDIDATE_LENGTH = 1_024;
/** The client's own name for a track (a MediaStreamTrack id is 36). */
export const MAX_CID_LENGTH = 128;
export const MAX_NAME_LENGTH = 256;
/** Renditions of one video track. */
export const MAX_VIDEO_LAYERS = 4;
/** Of a restriction identifier (RFC 8851 §10 leaves it open; browsers allow 16): as long as an offer may have it (sdp-limits.ts). */
export const MAX_RID_LENGTH = 64;
/** Pixels in one dimension. */
export const MAX_VIDEO_SIDE = 16_384;
/** Ids in one list: `subscribe`, `unsubscribe`, and the receivers of `sendData`. */
export const MAX_IDS_PER_REQUEST = 1_000;
export const MAX_SIGNAL_DATA_LENGTH = 65_536;
/** Decoded payload of the request `sendData` and of the notification `data`. Data channels carry more. */
export const MAX_DATA_BYTES = 15_360;
/** One message of a data channel, envelope included, bytes: what browsers take (`a=max-message-size`, RFC 8841 §6). */
export const MAX_CHANNEL_MESSAGE_BYTES = 262_144;
/** Payload of a message on the reliable channel, bytes: the rest is the envelope's, which grows by the sender's id on the way. */
export const MAX_DATA_PAYLOAD_BYTES = MAX_CHANNEL_MESSAGE_BYTES - 1_024;
/**
 * Payload of a message on the lossy channel, bytes. A lost packet loses the whole message, so it should be one packet: up to about
 * 1,000 bytes it is, up to this (LiveKit's number) it is two.
 */
export const MAX_LOSSY_PAYLOAD_BYTES = 1_300;
export const MAX_TOPIC_LENGTH = 128;
export const MAX_IDENTITY_LENGTH = 256;
export const MAX_METADATA_LENGTH = 65_536;
export const MAX_ATTRIBUTES = 1_000;
export const MAX_ATTRIBUTE_NAME_LENGTH = 256;
export const MAX_ATTRIBUTE_VALUE_LENGTH = 65_536;
/** All names and values of one participant together. */
export const MAX_ATTRIBUTES_LENGTH = 65_536;
/** Grants in one `setSubscriptionPermissions`. */
export const MAX_SUBSCRIPTION_GRANTS = 1_000;
/** Tracks in one of them. */
export const MAX_TRACKS_PER_GRANT = 100;
export const MAX_MIME_TYPE_LENGTH = 64;
/** A whole access token, as it stands in the URL or header. */
export const MAX_TOKEN_LENGTH = 16_384;
