/** What a description says about its author, in the words of the media core. */
import type { DtlsRole } from "../dtls/dtls-port.js";
import type { RtpCodec, RtpEncoding, RtpHeaderExtension, RtpParameters } from "../rtp/rtp-parameters.js";
import type { RemoteTransportParameters } from "../transport/parameters.js";
import { isRtx } from "./codec-matching.js";
import { sctpParameters } from "./data-section.js";
import { type MediaSection, type SessionDescription, taggedSection } from "./session-description.js";

/** Of the BUNDLE transport; undefined when ICE credentials or fingerprints are missing. */
export function remoteTransportParameters(
  description: SessionDescription,
  dtlsRole: DtlsRole,
): RemoteTransportParameters | undefined {
  const tagged = taggedSection(description);
  if (tagged?.ice === undefined || tagged.fingerprints.length === 0) return undefined;
  const sctp = description.sections.map(sctpParameters).find((parameters) => parameters !== undefined);
  const { ice, candidates, fingerprints } = tagged;
  return { ice, candidates, fingerprints, dtlsRole, ...(sctp === undefined ? {} : { sctp }) };
}

/** The same of an answer, which also decides our DTLS role (RFC 8842 §5.3); undefined when it leaves that open. */
export function answeredTransportParameters(answer: SessionDescription): RemoteTransportParameters | undefined {
  switch (taggedSection(answer)?.setup) {
    case "passive":
      return remoteTransportParameters(answer, "client");
    case "active":
      return remoteTransportParameters(answer, "server");
    case "actpass":
    case undefined:
      return undefined;
  }
}

/**
 * What the author of the section sends in it; undefined when it is not a section of audio or video with a mid. `codecs` and
 * `headerExtensions` are the negotiated ones, in an answer all there are.
 */
export function sentRtpParameters(
  section: MediaSection,
  codecs: readonly RtpCodec[] = section.codecs,
  headerExtensions: readonly RtpHeaderExtension[] = section.headerExtensions.map(({ id, uri }) => ({ id, uri })),
): RtpParameters | undefined {
  const { mid, kind } = section;
  if (mid === undefined || (kind !== "audio" && kind !== "video")) return undefined;
  const encodings = sentEncodings(section, codecs.some(isRtx));
  const cname = section.ssrcs.find((each) => each.cname !== undefined)?.cname;
  return { mid, kind, codecs, headerExtensions, encodings, ...(cname === undefined ? {} : { cname }) };
}

/** Simulcast by rid (RFC 8853) if there is one, else by SSRC group "SIM", else the one SSRC, else none. */
function sentEncodings(section: MediaSection, hasRtx: boolean): RtpEncoding[] {
  const rids = sentRids(section);
  if (rids.length > 0) return rids.map((rid) => ({ rid }));
  const repaired = new Set<number>();
  const rtx = new Map<number, number>();
  for (const { semantics, ssrcs } of section.ssrcGroups) {
    if (semantics === "SIM") continue;
    const [ssrc, ...others] = ssrcs;
    for (const other of others) repaired.add(other);
    if (semantics === "FID" && ssrc !== undefined && others[0] !== undefined) rtx.set(ssrc, others[0]);
  }
  const first = section.ssrcs.find(({ ssrc }) => !repaired.has(ssrc));
  const simulcast = section.ssrcGroups.find(({ semantics }) => semantics === "SIM")?.ssrcs;
  const primaries = new Set(simulcast ?? (first === undefined ? [] : [first.ssrc]));
  return [...primaries].map((ssrc) => {
    const rtxSsrc = hasRtx ? rtx.get(ssrc) : undefined;
    return { ssrc, ...(rtxSsrc === undefined ? {} : { rtxSsrc }) };
  });
}

/** Of each simulcast stream the first alternative that an `a=rid` line declares. */
export function sentRids({ rids, simulcast }: MediaSection): string[] {
  const declared = new Set(rids.filter(({ direction }) => direction === "send").map(({ rid }) => rid));
  const chosen = new Set<string>();
  for (const alternatives of simulcast?.send ?? []) {
    const rid = alternatives.find((alternative) => declared.has(alternative.rid))?.rid;
    if (rid !== undefined) chosen.add(rid);
  }
  return [...chosen];
}
