import { parseCandidate, serializeCandidate } from "../ice/candidate.js";
import type { IceCandidate, IceCredentials } from "../ice/ice-parameters.js";
import { InheritedAttributes } from "./inherited-attributes.js";
import { DISCARD_PORT } from "./offer.js";
import { MAX_CANDIDATES_PER_SECTION, MAX_SECTIONS } from "./sdp-limits.js";
import { SdpSyntaxError, splitOnce, splitSdpLines } from "./sdp-syntax.js";

/** What an `application/trickle-ice-sdpfrag` says (RFC 8840 §9) of one transport: all sections of it are bundled. */
export interface SdpFragment {
  /** Absent: nobody said. */
  readonly ice?: IceCredentials;
  /** UDP, component 1, numeric addresses; the others are dropped. */
  readonly candidates: readonly IceCandidate[];
  readonly endOfCandidates: boolean;
}

export type SdpFragmentResult =
  | { readonly ok: true; readonly fragment: SdpFragment }
  /** In one line, with nothing of the input in it. */
  | { readonly ok: false; readonly reason: string };

/** Never throws; takes time linear in the text, whose parts are bounded by `sdp-limits.ts`. */
export function parseSdpFragment(text: string): SdpFragmentResult {
  try {
    return { ok: true, fragment: parse(text) };
  } catch (error) {
    if (error instanceof SdpSyntaxError) return { ok: false, reason: error.message };
    throw error;
  }
}

/** As {@link parseSdpFragment} reads it, of an ICE lite agent (RFC 8839 §5.3). `mid`: of the section that carries the transport. */
export function serializeSdpFragment({ ice, candidates, endOfCandidates }: SdpFragment, kind: string, mid: string): string {
  const lines = [
    "a=ice-lite",
    ...(ice === undefined ? [] : [`a=ice-ufrag:${ice.ufrag}`, `a=ice-pwd:${ice.pwd}`]),
    `m=${kind} ${DISCARD_PORT} UDP/TLS/RTP/SAVPF 0`,
    `a=mid:${mid}`,
    ...candidates.map((candidate) => `a=${serializeCandidate(candidate)}`),
    ...(endOfCandidates ? ["a=end-of-candidates"] : []),
  ];
  return `${lines.join("\r\n")}\r\n`;
}

function parse(text: string): SdpFragment {
  const session = new InheritedAttributes();
  const sections: InheritedAttributes[] = [];
  const candidates: IceCandidate[] = [];
  let candidateLines = 0;
  let endOfCandidates = false;
  for (const { type, value: line } of splitSdpLines(text)) {
    if (type === "m") {
      if (sections.length >= MAX_SECTIONS) throw new SdpSyntaxError(`more than ${MAX_SECTIONS} media sections`);
      sections.push(new InheritedAttributes());
    }
    if (type !== "a") continue;
    const [name, value = ""] = splitOnce(line, ":");
    if (name === "ice-ufrag" || name === "ice-pwd") (sections.at(-1) ?? session).handle(name, value);
    else if (name === "end-of-candidates") endOfCandidates = true;
    else if (name === "candidate") {
      candidateLines += 1;
      if (candidateLines > MAX_CANDIDATES_PER_SECTION)
        throw new SdpSyntaxError(`more than ${MAX_CANDIDATES_PER_SECTION} candidates`);
      const candidate = parseCandidate(`candidate:${value}`);
      if (candidate !== undefined) candidates.push(candidate);
    }
  }
  const ice = commonCredentials(session, sections);
  return { ...(ice === undefined ? {} : { ice }), candidates, endOfCandidates };
}

/** Sections of one transport share its credentials (RFC 8843 §9.2), so they may say them all, or some, or the session for them. */
function commonCredentials(session: InheritedAttributes, sections: readonly InheritedAttributes[]): IceCredentials | undefined {
  let common: IceCredentials | undefined;
  for (const scope of [session, ...sections]) {
    const { ice } = scope.finish(session);
    if (ice === undefined) continue;
    if (common !== undefined && (common.ufrag !== ice.ufrag || common.pwd !== ice.pwd))
      throw new SdpSyntaxError("sections have different ICE credentials");
    common = ice;
  }
  return common;
}
