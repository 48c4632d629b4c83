/** The offer of our own clients (bots): one BUNDLE transport, no simulcast, no data channel. */
import type { Fingerprint } from "../dtls/dtls-port.js";
import type { IceCandidate, IceCredentials } from "../ice/ice-parameters.js";
import type { MediaKind, RtpCodec, RtpHeaderExtension } from "../rtp/rtp-parameters.js";
import { serializeSessionDescription } from "./serialize-session-description.js";
import type { Direction, MediaSection, Msid } from "./session-description.js";

export interface OfferParameters {
  /** Decimal, up to 64 bits, random per peer connection (RFC 8829 §5.2.1). */
  readonly sessionId: string;
  /** One more with every offer that says something new. */
  readonly sessionVersion: number;
  readonly ice: IceCredentials;
  readonly fingerprint: Fingerprint;
  /** None unless told: an ICE-lite peer needs none of ours. */
  readonly candidates?: readonly IceCandidate[];
  /** At least one. In later offers the same sections in the same order, new ones at the end. */
  readonly sections: readonly OfferSection[];
}

export interface OfferSection {
  readonly mid: string;
  readonly kind: MediaKind;
  readonly direction: Direction;
  /** In order of preference, rtx and red included. */
  readonly codecs: readonly RtpCodec[];
  readonly headerExtensions: readonly RtpHeaderExtension[];
  readonly ssrc?: number;
  readonly rtxSsrc?: number;
  readonly cname?: string;
  readonly msid?: Msid;
}

export function createOffer(parameters: OfferParameters): string {
  const { sessionId, sessionVersion, sections } = parameters;
  return serializeSessionDescription({
    origin: { username: "-", sessionId, sessionVersion: String(sessionVersion) },
    groups: [{ semantics: "BUNDLE", mids: sections.map(({ mid }) => mid) }],
    iceLite: false,
    sections: sections.map((section, index) => mediaSection(section, parameters, index === 0)),
  });
}

function mediaSection(
  section: OfferSection,
  { ice, fingerprint, candidates = [] }: OfferParameters,
  isTagged: boolean,
): MediaSection {
  const { mid, kind, direction, codecs, headerExtensions, ssrc, rtxSsrc, cname, msid } = section;
  const ssrcs = [ssrc, rtxSsrc].filter((each) => each !== undefined);
  return {
    kind,
    port: (isTagged ? candidates[0]?.port : undefined) ?? DISCARD_PORT,
    protocol: "UDP/TLS/RTP/SAVPF",
    formats: codecs.map(({ payloadType }) => String(payloadType)),
    mid,
    direction,
    bundleOnly: false,
    ice,
    iceOptions: [],
    fingerprints: [fingerprint],
    setup: "actpass",
    candidates: isTagged ? candidates : [],
    endOfCandidates: isTagged,
    rtcpMux: true,
    rtcpReducedSize: true,
    codecs,
    headerExtensions,
    extmapAllowMixed: false,
    msids: msid === undefined ? [] : [msid],
    ssrcs: ssrcs.map((each) => ({ ssrc: each, ...(cname === undefined ? {} : { cname }) })),
    ssrcGroups: ssrcs.length === 2 ? [{ semantics: "FID", ssrcs }] : [],
    rids: [],
  };
}

/** What the `m=` line says while there is no address to name (RFC 8829 §5.2.1). */
export const DISCARD_PORT = 9;
