/** SCTP port of our side, in every description and every association: what browsers use too (RFC 8841 §5.1 leaves it free). */
export const LOCAL_SCTP_PORT = 5000;

/** Largest message that we take and send, bytes; our `a=max-message-size` (RFC 8841 §6). Chromium and Firefox announce the same. */
export const MAX_DATA_MESSAGE_BYTES = 262_144;
