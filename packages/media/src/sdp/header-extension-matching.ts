import { EXTENSION_URI, type RtpHeaderExtension } from "../rtp/rtp-parameters.js";
import { type MediaSection, receives, sends } from "./session-description.js";

/** What both directions carry end to end. */
const FORWARDED = [
  EXTENSION_URI.audioLevel,
  EXTENSION_URI.videoOrientation,
  EXTENSION_URI.playoutDelay,
  EXTENSION_URI.dependencyDescriptor,
  EXTENSION_URI.absoluteCaptureTime,
  EXTENSION_URI.videoContentType,
];

/** What the congestion control of each hop goes by: the number, or for receivers that know only REMB the time of sending. */
const CONGESTION_CONTROL = [EXTENSION_URI.transportWideSequenceNumber, EXTENSION_URI.absoluteSendTime];

/** What we want in packets from a publisher: the names of its streams too. We measure nothing by their time of sending. */
export const RECEIVED_EXTENSIONS: ReadonlySet<string> = new Set([
  EXTENSION_URI.mid,
  EXTENSION_URI.rid,
  EXTENSION_URI.repairedRid,
  EXTENSION_URI.transportWideSequenceNumber,
  ...FORWARDED,
]);

/** What we put in packets to a subscriber. SDP tells it the SSRC of every section, so it needs no mid. */
export const SENT_EXTENSIONS: ReadonlySet<string> = new Set([...FORWARDED, ...CONGESTION_CONTROL]);

/** Ids above are possible only in the two-byte form, so only beside `extmap-allow-mixed` (RFC 8285 §4.3). */
const MAX_ONE_BYTE_ID = 14;

/** Those of an offered section that `wanted` names. Extensions offered for one direction only are left out. */
export function offeredExtensions(section: MediaSection, wanted: ReadonlySet<string>): RtpHeaderExtension[] {
  const ids = new Set<number>();
  const uris = new Set<string>();
  const kept: RtpHeaderExtension[] = [];
  for (const { id, uri, direction = "sendrecv" } of section.headerExtensions) {
    const isUsable = direction === "sendrecv" && (id <= MAX_ONE_BYTE_ID || section.extmapAllowMixed);
    if (!isUsable || !wanted.has(uri) || ids.has(id) || uris.has(uri)) continue;
    ids.add(id);
    uris.add(uri);
    kept.push({ id, uri });
  }
  return kept;
}

/**
 * Those an answer to the section says yes to: what its author may send to us, and what it may receive from us. In a section that
 * only receives that is more than will be sent there: Chromium offers in a new section no more than what was answered in the
 * earlier ones of its kind, and could not name the streams of simulcast after having only received.
 */
export function answeredExtensions(section: MediaSection): RtpHeaderExtension[] {
  const { direction } = section;
  if (receives(direction)) return offeredExtensions(section, new Set([...RECEIVED_EXTENSIONS, ...SENT_EXTENSIONS]));
  return sends(direction) ? offeredExtensions(section, RECEIVED_EXTENSIONS) : [];
}
