import { InheritedAttributes } from "./inherited-attributes.js";
import { MAX_GROUPS, MAX_SECTIONS } from "./sdp-limits.js";
import { isToken, pushBounded, type SdpLine, SdpSyntaxError, splitOnce, splitSdpLines } from "./sdp-syntax.js";
import { SectionParser } from "./section-parser.js";
import type { MediaGroup, Origin, SessionDescription } from "./session-description.js";

export type SessionDescriptionResult =
  | { readonly ok: true; readonly description: SessionDescription }
  /** For the person who wrote the client: what is wrong, in one line, with nothing of the input in it. */
  | { readonly ok: false; readonly reason: string };

/**
 * Reads an SDP text of WebRTC (RFC 8866 with the attributes of {@link SessionDescription}). Never throws; takes time linear
 * in the text, whose size and parts are bounded by `sdp-limits.ts`.
 */
export function parseSessionDescription(text: string): SessionDescriptionResult {
  try {
    return { ok: true, description: parse(splitSdpLines(text)) };
  } catch (error) {
    if (error instanceof SdpSyntaxError) return { ok: false, reason: error.message };
    throw error;
  }
}

function parse(lines: readonly SdpLine[]): SessionDescription {
  const [version, originLine, ...rest] = lines;
  if (version?.type !== "v" || version.value !== "0") throw new SdpSyntaxError("does not begin with v=0");
  if (originLine?.type !== "o") throw new SdpSyntaxError("has no o= line after v=0");
  const origin = parseOrigin(originLine.value);
  const session = new InheritedAttributes();
  const groups: MediaGroup[] = [];
  const parsers: SectionParser[] = [];
  let iceLite = false;
  let current: SectionParser | undefined;
  for (const line of rest) {
    if (line.type === "m") {
      current = new SectionParser(line.value);
      pushBounded(parsers, current, MAX_SECTIONS, "media sections");
    }
    if (line.type !== "a") continue;
    const [name, value = ""] = splitOnce(line.value, ":");
    if (current !== undefined) current.handleAttribute(name, value);
    else if (name === "group") pushBounded(groups, parseGroup(value), MAX_GROUPS, "groups");
    else if (name === "ice-lite") iceLite = true;
    else session.handle(name, value);
  }
  checkMids(parsers);
  return { origin, groups, iceLite, sections: parsers.map((parser) => parser.finish(session)) };
}

function parseOrigin(value: string): Origin {
  const [username = "", sessionId = "", sessionVersion = "", ...address] = value.split(" ");
  const isWellFormed = username !== "" && /^\d{1,20}$/.test(sessionId) && /^\d{1,20}$/.test(sessionVersion);
  if (!isWellFormed || address.length !== 3) throw new SdpSyntaxError("malformed o= line");
  return { username, sessionId, sessionVersion };
}

/** RFC 5888 §5. */
function parseGroup(value: string): MediaGroup {
  const [semantics = "", ...mids] = value.trim().split(" ");
  if (!isToken(semantics) || mids.length > MAX_SECTIONS || !mids.every(isToken)) throw new SdpSyntaxError("malformed group");
  return { semantics, mids };
}

function checkMids(parsers: readonly SectionParser[]): void {
  const mids = new Set<string>();
  for (const { mid } of parsers) {
    if (mid === undefined) continue;
    if (mids.has(mid)) throw new SdpSyntaxError("two sections have the same mid");
    mids.add(mid);
  }
}
