/** Reads a client's answer to an offer of ours (RFC 3264 §6, RFC 8829 §5.3). */
import {
  answeredTransportParameters,
  isRejected,
  isRtpProtocol,
  type MediaSection,
  offeredExtensions,
  parseSessionDescription,
  type RemoteTransportParameters,
  type RtpCodec,
  type RtpHeaderExtension,
  receives,
  type SessionDescription,
  supportedCodecs,
} from "@sluice/media";
import { SluiceError } from "@sluice/protocol";
import { detachedCopy } from "./detached-copy.js";
import { LOCAL_EXTENSIONS } from "./local-extensions.js";
import { KNOWN_HASHES } from "./offered-session.js";

/** What the client says to one section of ours. */
export type AnsweredSection =
  /** It will never carry anything. */
  | { readonly type: "stopped" }
  /** It carries nothing that we send, for now. */
  | { readonly type: "silent" }
  /** Codecs and extensions are the client's. */
  | {
      readonly type: "receiving";
      readonly codecs: readonly RtpCodec[];
      readonly headerExtensions: readonly RtpHeaderExtension[];
    }
  | { readonly type: "data" };

/** Nothing in it is a piece of the answer's text. */
export interface ReceivedAnswer {
  readonly remote: RemoteTransportParameters;
  /** As many as were offered, in that order. */
  readonly sections: readonly AnsweredSection[];
  /** The client's own. */
  readonly ssrcs: ReadonlySet<number>;
}

/** What is compared of an offered section. */
export interface AnswerableSection {
  readonly mid: string;
  readonly kind: "audio" | "video" | "application";
}

/**
 * Throws SluiceError: `invalidArgument` for an SDP that says nothing sensible or answers another offer, `unsupported` for one that
 * asks for what we cannot do.
 */
export function readAnswer(sdp: string, offered: readonly AnswerableSection[]): ReceivedAnswer {
  const result = parseSessionDescription(sdp);
  if (!result.ok) throw invalid(`is not an SDP of WebRTC: ${result.reason}`);
  const { description } = result;
  if (description.iceLite) throw unsupported("says a=ice-lite, and so does this server: one side has to be a full ICE agent");
  if (description.sections.length !== offered.length) throw invalid("has another number of sections than the offer");
  const sections = description.sections.map((section, index) => readSection(section, offered[index]));
  checkBundle(description);
  const remote = answeredTransportParameters(description);
  if (remote === undefined) {
    throw invalid("has no open section with ice-ufrag, ice-pwd, fingerprint and a=setup:active or a=setup:passive");
  }
  if (!remote.fingerprints.some(({ algorithm }) => KNOWN_HASHES.has(algorithm))) {
    throw unsupported("has no fingerprint by sha-256, sha-384, sha-512 or sha-1");
  }
  const ssrcs = new Set(description.sections.flatMap((section) => section.ssrcs.map(({ ssrc }) => ssrc)));
  // Where the client is, its checks tell.
  return { ...detachedCopy({ remote: { ...remote, candidates: [] }, sections }), ssrcs };
}

function readSection(section: MediaSection, offered: AnswerableSection | undefined): AnsweredSection {
  if (section.mid !== offered?.mid || section.kind !== offered?.kind) throw invalid("has its sections in another order");
  if (isRejected(section)) return { type: "stopped" };
  if (section.kind !== "audio" && section.kind !== "video") return { type: "data" };
  if (!receives(section.direction)) return { type: "silent" };
  if (!isRtpProtocol(section.protocol) || !section.protocol.includes("SAVP")) throw unsupported("has a section without SRTP");
  if (!section.rtcpMux) throw unsupported("has a section without a=rtcp-mux");
  const uris = new Set<string>(LOCAL_EXTENSIONS[section.kind].map(({ uri }) => uri));
  const codecs = supportedCodecs(section.kind, section.codecs);
  return { type: "receiving", codecs, headerExtensions: offeredExtensions(section, uris) };
}

/** RFC 8843 §7.3.3: an answer to one group has that group, less what it rejects. */
function checkBundle({ groups, sections }: SessionDescription): void {
  const bundles = groups.filter(({ semantics }) => semantics === "BUNDLE");
  const open = sections.filter((section) => !isRejected(section)).flatMap(({ mid }) => mid ?? []);
  const mids = new Set(bundles.length === 1 ? bundles[0]?.mids : []);
  if (open.length > 1 && !open.every((mid) => mids.has(mid)))
    throw unsupported("takes a section out of the BUNDLE group: all must share a transport");
}

function invalid(what: string): SluiceError {
  return new SluiceError("invalidArgument", `The answer ${what}.`);
}

function unsupported(what: string): SluiceError {
  return new SluiceError("unsupported", `The answer ${what}.`);
}
