/** Our own offers, a bot's or a node's: one BUNDLE transport, no simulcast. */
import type { Fingerprint } from "../dtls/dtls-port.js";
import type { IceCandidate, IceCredentials } from "../ice/ice-parameters.js";
import type { MediaKind, RtpCodec, RtpHeaderExtension } from "../rtp/rtp-parameters.js";
import { localDataAttributes, UDP_PROTOCOL } from "./data-section.js";
import { serializeSessionDescription } from "./serialize-session-description.js";
import type { Direction, MediaSection, Msid } from "./session-description.js";

export interface OfferParameters {
  /** Decimal, up to 64 bits, random per peer connection (RFC 8829 §5.2.1). */
  readonly sessionId: string;
  /** One more with every offer that says something new. */
  readonly sessionVersion: number;
  readonly ice: IceCredentials;
  readonly fingerprint: Fingerprint;
  /** RFC 8839 §5.3; false unless told. */
  readonly iceLite?: boolean;
  /** None unless told: an ICE-lite peer needs none of ours. */
  readonly candidates?: readonly IceCandidate[];
  /** At least one that is not stopped. In later offers the same sections in the same order, new ones at the end. */
  readonly sections: readonly (OfferSection | OfferDataSection)[];
}

export interface OfferSection {
  readonly mid: string;
  readonly kind: MediaKind;
  readonly direction: Direction;
  /** Over for good: it keeps its place and nothing else (RFC 8829 §5.2.2). False unless told. */
  readonly isStopped?: boolean;
  /** In order of preference, rtx and red included. */
  readonly codecs: readonly RtpCodec[];
  readonly headerExtensions: readonly RtpHeaderExtension[];
  readonly ssrc?: number;
  readonly rtxSsrc?: number;
  readonly cname?: string;
  readonly msid?: Msid;
}

/** At most one. */
export interface OfferDataSection {
  readonly mid: string;
  readonly kind: "application";
  /** See {@link OfferSection}. */
  readonly isStopped?: boolean;
  /** What its author takes at most, bytes; all that our SCTP can unless told. */
  readonly maxMessageSizeBytes?: number;
}

export function createOffer(parameters: OfferParameters): string {
  const { sessionId, sessionVersion, sections, iceLite = false } = parameters;
  const [tagged, ...others] = sections.filter(({ isStopped }) => isStopped !== true);
  return serializeSessionDescription({
    origin: { username: "-", sessionId, sessionVersion: String(sessionVersion) },
    groups: [{ semantics: "BUNDLE", mids: [tagged, ...others].flatMap((section) => section?.mid ?? []) }],
    iceLite,
    sections: sections.map((section) => {
      if (section.isStopped === true) return stoppedSection(section);
      const isTagged = section === tagged;
      return section.kind === "application"
        ? dataSection(section, parameters, isTagged)
        : mediaSection(section, parameters, isTagged);
    }),
  });
}

function dataSection(section: OfferDataSection, parameters: OfferParameters, isTagged: boolean): MediaSection {
  return { ...transportSection(section.mid, parameters, isTagged), ...dataAttributes(section) };
}

function dataAttributes({ maxMessageSizeBytes }: OfferDataSection) {
  const attributes = { protocol: UDP_PROTOCOL, ...localDataAttributes() };
  return maxMessageSizeBytes === undefined ? attributes : { ...attributes, maxMessageSizeBytes };
}

function mediaSection(section: OfferSection, parameters: OfferParameters, isTagged: boolean): MediaSection {
  const { mid, kind, direction, codecs, headerExtensions, ssrc, rtxSsrc, cname, msid } = section;
  const ssrcs = [ssrc, rtxSsrc].filter((each) => each !== undefined);
  return {
    ...transportSection(mid, parameters, isTagged),
    kind,
    formats: codecs.map(({ payloadType }) => String(payloadType)),
    direction,
    rtcpMux: true,
    rtcpReducedSize: true,
    codecs,
    headerExtensions,
    msids: msid === undefined ? [] : [msid],
    ssrcs: ssrcs.map((each) => ({ ssrc: each, ...(cname === undefined ? {} : { cname }) })),
    ssrcGroups: ssrcs.length === 2 ? [{ semantics: "FID", ssrcs }] : [],
  };
}

function stoppedSection(section: OfferSection | OfferDataSection): MediaSection {
  const empty = { ...emptySection(section.mid), port: 0 };
  if (section.kind === "application") return { ...empty, ...dataAttributes(section) };
  const formats = section.codecs.map(({ payloadType }) => String(payloadType));
  return { ...empty, kind: section.kind, formats, direction: "inactive", codecs: section.codecs };
}

/** What every section says of the transport that all share, and nothing of what it carries. */
function transportSection(
  mid: string,
  { ice, fingerprint, candidates = [] }: OfferParameters,
  isTagged: boolean,
): Omit<MediaSection, "kind" | "formats" | "direction"> {
  return {
    ...emptySection(mid),
    port: (isTagged ? candidates[0]?.port : undefined) ?? DISCARD_PORT,
    ice,
    fingerprints: [fingerprint],
    setup: "actpass",
    candidates: isTagged ? candidates : [],
    endOfCandidates: isTagged,
  };
}

function emptySection(mid: string): Omit<MediaSection, "kind" | "port" | "formats" | "direction"> {
  return {
    protocol: "UDP/TLS/RTP/SAVPF",
    mid,
    bundleOnly: false,
    iceOptions: [],
    fingerprints: [],
    candidates: [],
    endOfCandidates: false,
    rtcpMux: false,
    rtcpReducedSize: false,
    codecs: [],
    headerExtensions: [],
    extmapAllowMixed: false,
    msids: [],
    ssrcs: [],
    ssrcGroups: [],
    rids: [],
  };
}

/** What the `m=` line says while there is no address to name (RFC 8829 §5.2.1). */
export const DISCARD_PORT = 9;
