/** The section of data channels: `m=application 9 UDP/DTLS/SCTP webrtc-datachannel` (RFC 8841, RFC 8831 §6.1). */
import { LOCAL_SCTP_PORT, MAX_DATA_MESSAGE_BYTES } from "../sctp/sctp-limits.js";
import type { RemoteSctpParameters } from "../transport/parameters.js";
import { isRejected, type MediaSection } from "./session-description.js";

/** RFC 8831 §6.1: the one thing that SCTP carries here. */
const FORMAT = "webrtc-datachannel";

/** What a peer takes that does not say how much, bytes (RFC 8841 §6.1). */
const DEFAULT_MAX_MESSAGE_BYTES = 65_536;

/**
 * The author's side of SCTP; undefined for anything but an open section of data channels: for the forms of drafts too
 * (`DTLS/SCTP 5000` with `a=sctpmap`), which no browser has written since 2020.
 */
export function sctpParameters(section: MediaSection): RemoteSctpParameters | undefined {
  const { kind, formats, protocol, sctpPort = LOCAL_SCTP_PORT, maxMessageSizeBytes = DEFAULT_MAX_MESSAGE_BYTES } = section;
  if (kind !== "application" || !isSctpProtocol(protocol) || !formats.includes(FORMAT) || isRejected(section)) return undefined;
  // RFC 8841 §5.1: port 0 closes the association.
  return sctpPort === 0 ? undefined : { port: sctpPort, maxMessageBytes: maxMessageSizeBytes };
}

/** In both, direction attributes mean nothing and are not written (RFC 8841 §9 ff.); Firefox writes one all the same. */
export function isSctpProtocol(protocol: string): boolean {
  return protocol === UDP_PROTOCOL || protocol === "TCP/DTLS/SCTP";
}

/** What is said by our own data section, in offers and answers. */
export function localDataAttributes(): Pick<
  MediaSection,
  "kind" | "formats" | "direction" | "sctpPort" | "maxMessageSizeBytes"
> {
  return {
    kind: "application",
    formats: [FORMAT],
    direction: "sendrecv",
    sctpPort: LOCAL_SCTP_PORT,
    maxMessageSizeBytes: MAX_DATA_MESSAGE_BYTES,
  };
}

/** Over whatever ICE finds: the offer says UDP, as browsers do (RFC 8829 §5.2.1). */
export const UDP_PROTOCOL = "UDP/DTLS/SCTP";
