import {
  type CodecIndex,
  type Fingerprint,
  type IceCredentials,
  isRejected,
  isRtpProtocol,
  type MediaGroup,
  type MediaKind,
  type MediaSection,
  type Origin,
  primaryCodec,
  type RemoteSctpParameters,
  type RtpCodec,
  receives,
  type SessionDescription,
  type Setup,
  sctpParameters,
  sends,
  taggedSection,
} from "@sluice/media";
import { SluiceError } from "@sluice/protocol";
import { detachedCopy } from "./detached-copy.js";
import { parseOfferOnce } from "./parsed-offer.js";
import { type OfferedFormat, SharedFormats } from "./shared-formats.js";

/** A client's offer, checked: what is wrong with the whole of it has been said by an error. Nothing in it is a piece of its text. */
export interface OfferedSession {
  readonly ice: IceCredentials;
  readonly fingerprints: readonly Fingerprint[];
  readonly setup: Setup;
  /** All of them, in the offer's order. */
  readonly sections: readonly OfferedSection[];
  /** The mids we accept, in the BUNDLE group's order; the first one carries the transport in the answer. */
  readonly bundledMids: readonly string[];
  /** False for an offer of one section without a group. */
  readonly hasBundle: boolean;
}

export type OfferedSection = RefusedSection | AcceptedSection | DataSection;

export interface RefusedSection {
  readonly type: "refused";
  readonly section: MediaSection;
  /** Undefined when the client itself has closed the section. */
  readonly reason: string | undefined;
}

export interface AcceptedSection {
  readonly type: "accepted";
  readonly section: MediaSection;
  readonly mid: string;
  readonly kind: MediaKind;
  /** The offered ones that Sluice supports, in the offered order. Never empty. */
  readonly codecs: readonly RtpCodec[];
  readonly index: CodecIndex;
  readonly canSend: boolean;
  readonly canReceive: boolean;
}

/** Of data channels. An offer has at most one that is accepted: a transport has one SCTP association (RFC 8841 §10.1). */
export interface DataSection {
  readonly type: "data";
  readonly section: MediaSection;
  readonly mid: string;
  readonly sctp: RemoteSctpParameters;
}

const FORMATS = new SharedFormats();

/** At least one must be there for the DTLS layer to compare with (RFC 8122 §5). */
export const KNOWN_HASHES: ReadonlySet<string> = new Set(["sha-1", "sha-256", "sha-384", "sha-512"]);

/** Throws SluiceError: `invalidArgument` for an SDP that says nothing sensible, `unsupported` for one that asks for too much. */
export function readOffer(sdp: string): OfferedSession {
  const description = parseOffer(sdp);
  const bundle = readBundle(description);
  const transport = readTransport(description);
  const reader = new SectionReader(bundle);
  const sections = description.sections.map((section) => reader.read(section));
  const accepted = new Set(sections.filter((each) => each.type !== "refused").map(({ mid }) => mid));
  const bundledMids = [...new Set(bundle)].filter((mid) => accepted.has(mid));
  if (bundledMids.length === 0) throw new SluiceError("unsupported", refusal(sections));
  const hasBundle = description.groups.some(isBundle);
  return { ...transport, sections, bundledMids: detachedCopy(bundledMids), hasBundle };
}

/** What tells whether an offer is of the peer connection of an earlier one. */
export interface OfferDescription {
  readonly ufrag: string;
  readonly fingerprints: readonly Fingerprint[];
  /** Of the `o=` line. */
  readonly origin: Origin;
}

/** Throws SluiceError as {@link readOffer} does. */
export function describeOffer(sdp: string): OfferDescription {
  const description = parseOffer(sdp);
  const { ice, fingerprints } = readTransport(description);
  return detachedCopy({ ufrag: ice.ufrag, fingerprints, origin: description.origin });
}

/**
 * How an offer continues an earlier one. "same": of the same transport. "restart": of the same peer connection, which restarts ICE:
 * the session of the `o=` line is the same in a later version (RFC 3264 §8), and so is the certificate, so DTLS goes on (RFC 8842
 * §5.5). "other": a new transport, and a new {@link Negotiation}.
 */
export function compareOffers(earlier: OfferDescription, later: OfferDescription): "same" | "restart" | "other" {
  if (fingerprintText(earlier) !== fingerprintText(later)) return "other";
  if (earlier.ufrag === later.ufrag) return "same";
  const isSameSession =
    earlier.origin.username === later.origin.username && earlier.origin.sessionId === later.origin.sessionId;
  return isSameSession && isLater(later.origin, earlier.origin) ? "restart" : "other";
}

/** Decimal numbers of up to 64 bits. */
function isLater({ sessionVersion }: Origin, than: Origin): boolean {
  return BigInt(sessionVersion) > BigInt(than.sessionVersion);
}

function fingerprintText({ fingerprints }: OfferDescription): string {
  return fingerprints
    .map(({ algorithm, value }) => `${algorithm} ${value}`)
    .sort()
    .join();
}

function parseOffer(sdp: string): SessionDescription {
  const result = parseOfferOnce(sdp);
  if (!result.ok) throw new SluiceError("invalidArgument", `The offer is not an SDP of WebRTC: ${result.reason}.`);
  if (result.description.iceLite) {
    throw new SluiceError(
      "unsupported",
      "The offer says a=ice-lite, and so does this server: one side has to be a full ICE agent.",
    );
  }
  return result.description;
}

/** A single section needs no group. */
function readBundle({ groups, sections }: SessionDescription): readonly string[] {
  const bundles = groups.filter(isBundle);
  const [bundle] = bundles;
  if (bundles.length > 1)
    throw new SluiceError("unsupported", "The offer has several BUNDLE groups; put all sections into one.");
  if (bundle !== undefined) return bundle.mids;
  if (sections.length > 1)
    throw new SluiceError("unsupported", "The offer has no BUNDLE group; all sections must share a transport.");
  return sections.map(({ mid }) => mid).filter((mid) => mid !== undefined);
}

function isBundle({ semantics }: MediaGroup): boolean {
  return semantics === "BUNDLE";
}

function readTransport(description: SessionDescription): Pick<OfferedSession, "ice" | "fingerprints" | "setup"> {
  const tagged = taggedSection(description);
  if (tagged === undefined) throw new SluiceError("invalidArgument", "The offer has no open section in its BUNDLE group.");
  const { ice, fingerprints, setup = "active" } = tagged;
  if (ice === undefined) throw new SluiceError("invalidArgument", "The offer's first section has no ice-ufrag and ice-pwd.");
  if (!fingerprints.some(({ algorithm }) => KNOWN_HASHES.has(algorithm))) {
    throw new SluiceError("unsupported", "The offer's first section has no fingerprint by sha-256, sha-384, sha-512 or sha-1.");
  }
  return detachedCopy({ ice, fingerprints, setup });
}

class SectionReader {
  readonly #bundle: readonly string[];
  #hasData = false;

  constructor(bundle: readonly string[]) {
    this.#bundle = bundle;
  }

  read(offered: MediaSection): OfferedSection {
    const { kind } = offered;
    const format = kind === "audio" || kind === "video" ? FORMATS.share(kind, offered) : undefined;
    const section = keepSection(offered, format?.offered);
    const { mid } = section;
    if (isRejected(section)) return refuse(section);
    if (kind !== "audio" && kind !== "video" && kind !== "application") {
      return refuse(section, "only audio, video and data channel sections are supported");
    }
    if (mid === undefined || !this.#bundle.includes(mid)) return refuse(section, "it is not in the BUNDLE group");
    return format === undefined ? this.#readData(section, mid) : readMedia(section, mid, format);
  }

  #readData(section: MediaSection, mid: string): RefusedSection | DataSection {
    const sctp = sctpParameters(section);
    if (sctp === undefined) return refuse(section, "its protocol is not UDP/DTLS/SCTP for webrtc-datachannel");
    if (this.#hasData) return refuse(section, "another section is for data channels already");
    this.#hasData = true;
    return { type: "data", section, mid, sctp };
  }
}

function readMedia(
  section: MediaSection,
  mid: string,
  { kind, codecs, index }: OfferedFormat,
): RefusedSection | AcceptedSection {
  const { direction, protocol, rtcpMux } = section;
  if (!isRtpProtocol(protocol) || !protocol.includes("SAVP")) return refuse(section, "its profile is not SRTP (SAVPF)");
  if (primaryCodec(codecs) === undefined) return refuse(section, "none of its codecs is supported");
  if (!rtcpMux) throw new SluiceError("unsupported", "The offer has a section without a=rtcp-mux.");
  const canSend = sends(direction);
  const canReceive = receives(direction);
  return { type: "accepted", section, mid, kind, codecs, index, canSend, canReceive };
}

function refuse(section: MediaSection, reason?: string): RefusedSection {
  return { type: "refused", section, reason };
}

/** What is remembered of a section: what was said of the transport counts only once, and the format is the longest part by far. */
function keepSection(offered: MediaSection, format?: OfferedFormat["offered"]): MediaSection {
  const { ice: _ice, setup: _setup, ...section } = offered;
  const { formats, codecs, headerExtensions } = format ?? detachedCopy(offered);
  // All properties are there before the copy: V8 gives each copy that gets more of them a hidden class of its own, 600 bytes.
  const kept = detachedCopy({
    ...section,
    iceOptions: [],
    fingerprints: [],
    candidates: [],
    formats: [],
    codecs: [],
    headerExtensions: [],
  });
  return { ...kept, formats, codecs, headerExtensions };
}

function refusal(sections: readonly OfferedSection[]): string {
  const reasons = new Set(sections.map((each) => (each.type === "refused" ? each.reason : undefined)));
  const text = [...reasons].filter((reason) => reason !== undefined).join("; ");
  return `The offer has no section that can be used${text === "" ? "" : `: ${text}`}.`;
}
