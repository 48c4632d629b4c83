import {
  isRejected,
  isRtx,
  type MediaSection,
  parseSessionDescription,
  type SessionDescription,
  sends,
  serializeSessionDescription,
} from "@sluice/media";

export interface PeerAnswerOptions {
  readonly ufrag?: string;
  readonly setup?: "active" | "passive";
  /** What to say to a section instead of taking it. */
  readonly refuse?: (section: MediaSection) => "stopped" | "inactive" | undefined;
  /** Codecs that the client has, by name; what has none of them is rejected. All unless told. */
  readonly codecs?: readonly string[];
}

/** The answer of a client that takes what is offered and never receives a packet. */
export function answerSdp(offer: string, options: PeerAnswerOptions = {}): string {
  const offered = readSdp(offer);
  const sections = offered.sections.map((section) => answerSection(section, options));
  const mids = sections.filter((section) => !isRejected(section)).flatMap(({ mid }) => mid ?? []);
  return serializeSessionDescription({ ...offered, groups: [{ semantics: "BUNDLE", mids }], iceLite: false, sections });
}

/** Throws when it is none. */
export function readSdp(sdp: string): SessionDescription {
  const result = parseSessionDescription(sdp);
  if (!result.ok) throw new Error(result.reason);
  return result.description;
}

function answerSection(section: MediaSection, options: PeerAnswerOptions): MediaSection {
  const { ufrag = "peer", setup = "active", refuse = () => undefined } = options;
  const own = {
    ...section,
    ice: { ufrag, pwd: "peerpeerpeerpeerpeerpeer" },
    fingerprints: [{ algorithm: "sha-256", value: `${"CD:".repeat(31)}CD` }],
    setup,
    candidates: [],
    endOfCandidates: false,
    msids: [],
    ssrcs: [],
    ssrcGroups: [],
  };
  const refusal = refuse(section);
  if (isRejected(section) || refusal === "stopped") return { ...own, port: 0, direction: "inactive" };
  if (section.kind === "application") return own;
  const codecs = section.codecs.filter((codec) => isRtx(codec) || (options.codecs ?? [codec.name]).includes(codec.name));
  if (codecs.every(isRtx)) return { ...own, port: 0, direction: "inactive" };
  const isReceiving = sends(section.direction) && refusal === undefined;
  return {
    ...own,
    port: 9,
    codecs,
    formats: codecs.map(({ payloadType }) => String(payloadType)),
    direction: isReceiving ? "recvonly" : "inactive",
  };
}
