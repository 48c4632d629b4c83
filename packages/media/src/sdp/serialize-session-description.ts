import { serializeCandidate } from "../ice/candidate.js";
import { serializeCodec } from "./codec-attributes.js";
import { isSctpProtocol } from "./data-section.js";
import type { MediaSection, SdpHeaderExtension, SessionDescription } from "./session-description.js";
import { serializeRid, serializeSimulcast } from "./simulcast-attributes.js";
import { serializeSsrc, serializeSsrcGroup } from "./ssrc-attributes.js";

/**
 * Writes what {@link parseSessionDescription} reads: parsing the text gives the description back. Throws when a value holds a
 * line break or another control character, which nothing parsed can.
 */
export function serializeSessionDescription({ origin, groups, iceLite, sections }: SessionDescription): string {
  const lines = [
    "v=0",
    `o=${origin.username} ${origin.sessionId} ${origin.sessionVersion} IN IP4 127.0.0.1`,
    "s=-",
    "t=0 0",
    ...groups.map(({ semantics, mids }) => `a=group:${[semantics, ...mids].join(" ")}`),
    ...(iceLite ? ["a=ice-lite"] : []),
    "a=msid-semantic:WMS *",
    ...sections.flatMap(sectionLines),
  ];
  for (const line of lines) if (hasControlCharacter(line)) throw new Error("a value of a session description has a line break");
  return `${lines.join("\r\n")}\r\n`;
}

function sectionLines(section: MediaSection): string[] {
  const { kind, port, protocol, formats } = section;
  const attributes = [...transportAttributes(section), ...rtpAttributes(section), ...sctpAttributes(section)];
  return [
    `m=${[kind, port, protocol, ...formats].join(" ")}`,
    connectionLine(section),
    ...attributes.map((attribute) => `a=${attribute}`),
  ];
}

/** The address of the candidate that the `m=` line's port belongs to, or the one that says nothing yet (RFC 8839 §4.2.1). */
function connectionLine({ port, candidates }: MediaSection): string {
  const candidate = candidates.find((each) => each.port === port);
  if (candidate === undefined) return "c=IN IP4 0.0.0.0";
  return `c=IN ${candidate.family === "IPv4" ? "IP4" : "IP6"} ${candidate.ip}`;
}

function transportAttributes(section: MediaSection): string[] {
  return [
    ...(section.bundleOnly ? ["bundle-only"] : []),
    ...section.candidates.map(serializeCandidate),
    ...(section.endOfCandidates ? ["end-of-candidates"] : []),
    ...(section.ice === undefined ? [] : [`ice-ufrag:${section.ice.ufrag}`, `ice-pwd:${section.ice.pwd}`]),
    ...(section.iceOptions.length === 0 ? [] : [`ice-options:${section.iceOptions.join(" ")}`]),
    ...section.fingerprints.map(({ algorithm, value }) => `fingerprint:${algorithm} ${value}`),
    ...(section.setup === undefined ? [] : [`setup:${section.setup}`]),
    ...(section.mid === undefined ? [] : [`mid:${section.mid}`]),
  ];
}

function rtpAttributes(section: MediaSection): string[] {
  return [
    ...(section.extmapAllowMixed ? ["extmap-allow-mixed"] : []),
    ...section.headerExtensions.map(serializeExtension),
    ...(isSctpProtocol(section.protocol) ? [] : [section.direction]),
    ...section.msids.map(({ streamId, trackId }) => `msid:${streamId}${trackId === undefined ? "" : ` ${trackId}`}`),
    ...(section.rtcpMux ? ["rtcp-mux"] : []),
    ...(section.rtcpReducedSize ? ["rtcp-rsize"] : []),
    ...section.codecs.flatMap(serializeCodec),
    ...section.ssrcGroups.map(serializeSsrcGroup),
    ...section.ssrcs.map(serializeSsrc),
    ...section.rids.map(serializeRid),
    ...(section.simulcast === undefined ? [] : [serializeSimulcast(section.simulcast)]),
  ];
}

function sctpAttributes({ sctpPort, maxMessageSizeBytes }: MediaSection): string[] {
  return [
    ...(sctpPort === undefined ? [] : [`sctp-port:${sctpPort}`]),
    ...(maxMessageSizeBytes === undefined ? [] : [`max-message-size:${maxMessageSizeBytes}`]),
  ];
}

function serializeExtension({ id, uri, direction }: SdpHeaderExtension): string {
  return `extmap:${id}${direction === undefined ? "" : `/${direction}`} ${uri}`;
}

function hasControlCharacter(line: string): boolean {
  for (let index = 0; index < line.length; index++) if (line.charCodeAt(index) < 0x20) return true;
  return false;
}
