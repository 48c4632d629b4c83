import {
  CodecIndex,
  type Fingerprint,
  type IceCredentials,
  isRejected,
  isRtpProtocol,
  type MediaGroup,
  type MediaKind,
  type MediaSection,
  parseSessionDescription,
  primaryCodec,
  type RtpCodec,
  receives,
  type SessionDescription,
  type Setup,
  sends,
  supportedCodecs,
  taggedSection,
} from "@sluice/media";
import { SluiceError } from "@sluice/protocol";

/** A client's offer, checked: what is wrong with the whole of it has been said by an error. */
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

export type OfferedSection = RefusedSection | AcceptedSection;

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

/** At least one must be there for the DTLS layer to compare with (RFC 8122 §5). */
const KNOWN_HASHES: ReadonlySet<string> = new Set(["sha-1", "sha-256", "sha-384", "sha-512"]);

/** Throws SluiceError: `invalidArgument` for an SDP that says nothing sensible, `unsupported` for one that asks for too much. */
export function readOffer(sdp: string): OfferedSession {
  const description = parseOffer(sdp);
  const bundle = readBundle(description);
  const transport = readTransport(description);
  const sections = description.sections.map((section) => readSection(section, bundle));
  const accepted = new Set(sections.filter((each) => each.type === "accepted").map(({ mid }) => mid));
  const bundledMids = [...new Set(bundle)].filter((mid) => accepted.has(mid));
  if (bundledMids.length === 0) throw new SluiceError("unsupported", refusal(sections));
  const hasBundle = description.groups.some(isBundle);
  return { ...transport, sections, bundledMids, hasBundle };
}

/**
 * What tells whether an offer belongs to the transport of the last one: with another ufrag or other fingerprints it asks for a
 * new transport, and so for a new {@link Negotiation}. Throws SluiceError as {@link readOffer} does.
 */
export function describeOffer(sdp: string): { readonly ufrag: string; readonly fingerprints: readonly Fingerprint[] } {
  const { ice, fingerprints } = readTransport(parseOffer(sdp));
  return { ufrag: ice.ufrag, fingerprints };
}

function parseOffer(sdp: string): SessionDescription {
  const result = parseSessionDescription(sdp);
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
  return { ice, fingerprints, setup };
}

function readSection(section: MediaSection, bundle: readonly string[]): OfferedSection {
  const refuse = (reason?: string): RefusedSection => ({ type: "refused", section, reason });
  const { kind, mid, direction } = section;
  if (isRejected(section)) return refuse();
  if (kind !== "audio" && kind !== "video") return refuse("only audio and video sections are supported");
  if (!isRtpProtocol(section.protocol) || !section.protocol.includes("SAVP")) return refuse("its profile is not SRTP (SAVPF)");
  if (mid === undefined || !bundle.includes(mid)) return refuse("it is not in the BUNDLE group");
  const codecs = supportedCodecs(kind, section.codecs);
  if (primaryCodec(codecs) === undefined) return refuse("none of its codecs is supported");
  if (!section.rtcpMux) throw new SluiceError("unsupported", "The offer has a section without a=rtcp-mux.");
  const canSend = sends(direction);
  const canReceive = receives(direction);
  return { type: "accepted", section, mid, kind, codecs, index: new CodecIndex(codecs), canSend, canReceive };
}

function refusal(sections: readonly OfferedSection[]): string {
  const reasons = new Set(sections.map((each) => (each.type === "refused" ? each.reason : undefined)));
  const text = [...reasons].filter((reason) => reason !== undefined).join("; ");
  return `The offer has no section that can be used${text === "" ? "" : `: ${text}`}.`;
}
