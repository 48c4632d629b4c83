import { parseCandidate } from "../ice/candidate.js";
import type { IceCandidate } from "../ice/ice-parameters.js";
import { CodecAttributes, parsePayloadType } from "./codec-attributes.js";
import { isSctpProtocol } from "./data-section.js";
import { InheritedAttributes } from "./inherited-attributes.js";
import {
  MAX_CANDIDATES_PER_SECTION,
  MAX_CODECS_PER_SECTION,
  MAX_MID_BYTES,
  MAX_MSIDS_PER_SECTION,
  MAX_RIDS_PER_SECTION,
} from "./sdp-limits.js";
import { isToken, MAX_UINT32, parseUint, pushBounded, SdpSyntaxError, splitOnce } from "./sdp-syntax.js";
import type { MediaSection, Msid, RidAttribute, Simulcast } from "./session-description.js";
import { parseRid, parseSimulcast } from "./simulcast-attributes.js";
import { SsrcAttributes } from "./ssrc-attributes.js";

/** One media section, from its `m=` line to the next one. */
export class SectionParser {
  readonly #media: Pick<MediaSection, "kind" | "port" | "protocol" | "formats">;
  readonly #inherited = new InheritedAttributes();
  readonly #codecs: CodecAttributes;
  readonly #ssrcs = new SsrcAttributes();
  readonly #candidates: IceCandidate[] = [];
  readonly #msids: Msid[] = [];
  readonly #rids = new Map<string, RidAttribute>();
  readonly #flags = new Set<string>();
  #candidateLines = 0;
  #mid: string | undefined;
  #simulcast: Simulcast | undefined;
  #sctpPort: number | undefined;
  #maxMessageSizeBytes: number | undefined;

  constructor(mediaLine: string) {
    this.#media = parseMediaLine(mediaLine);
    const isRtp = isRtpProtocol(this.#media.protocol);
    this.#codecs = new CodecAttributes(this.#media.kind === "audio", isRtp ? parsePayloadTypes(this.#media.formats) : []);
  }

  get mid(): string | undefined {
    return this.#mid;
  }

  handleAttribute(name: string, value: string): void {
    switch (name) {
      case "mid":
        this.#handleMid(value);
        return;
      case "rtpmap":
        this.#codecs.handleRtpmap(value);
        return;
      case "fmtp":
        this.#codecs.handleFmtp(value);
        return;
      case "rtcp-fb":
        this.#codecs.handleRtcpFeedback(value);
        return;
      case "candidate":
        this.#handleCandidate(value);
        return;
      case "msid":
        pushBounded(this.#msids, parseMsid(value), MAX_MSIDS_PER_SECTION, "msids in one section");
        return;
      case "ssrc":
        this.#ssrcs.handleSsrc(value);
        return;
      case "ssrc-group":
        this.#ssrcs.handleGroup(value);
        return;
      case "rid":
        this.#handleRid(value);
        return;
      case "simulcast":
        this.#simulcast = parseSimulcast(value);
        return;
      case "sctp-port":
        this.#sctpPort = required(parseUint(value, 65_535), "sctp-port");
        return;
      case "max-message-size":
        this.#maxMessageSizeBytes = required(parseSize(value), "max-message-size");
        return;
      case "bundle-only":
      case "end-of-candidates":
      case "rtcp-mux":
      case "rtcp-rsize":
        this.#flags.add(name);
        return;
      default:
        this.#inherited.handle(name, value);
    }
  }

  finish(session: InheritedAttributes): MediaSection {
    return {
      ...this.#media,
      ...this.#inherited.finish(session),
      ...(isSctpProtocol(this.#media.protocol) ? { direction: "sendrecv" as const } : {}),
      ...(this.#mid === undefined ? {} : { mid: this.#mid }),
      bundleOnly: this.#flags.has("bundle-only"),
      candidates: this.#candidates,
      endOfCandidates: this.#flags.has("end-of-candidates"),
      rtcpMux: this.#flags.has("rtcp-mux"),
      rtcpReducedSize: this.#flags.has("rtcp-rsize"),
      codecs: this.#codecs.finish(),
      msids: this.#msids,
      ...this.#ssrcs.finish(),
      rids: [...this.#rids.values()],
      ...(this.#simulcast === undefined ? {} : { simulcast: this.#simulcast }),
      ...(this.#sctpPort === undefined ? {} : { sctpPort: this.#sctpPort }),
      ...(this.#maxMessageSizeBytes === undefined ? {} : { maxMessageSizeBytes: this.#maxMessageSizeBytes }),
    };
  }

  #handleMid(value: string): void {
    if (this.#mid !== undefined || value.length > MAX_MID_BYTES || !isToken(value)) throw new SdpSyntaxError("malformed mid");
    this.#mid = value;
  }

  #handleCandidate(value: string): void {
    this.#candidateLines += 1;
    if (this.#candidateLines > MAX_CANDIDATES_PER_SECTION) {
      throw new SdpSyntaxError(`more than ${MAX_CANDIDATES_PER_SECTION} candidates in one section`);
    }
    const candidate = parseCandidate(`candidate:${value}`);
    // What cannot be used is not an error: the grammar is meant to be extended (RFC 8839 §5.1).
    if (candidate !== undefined) this.#candidates.push(candidate);
  }

  #handleRid(value: string): void {
    const rid = parseRid(value);
    if (this.#rids.has(rid.rid)) throw new SdpSyntaxError("the same rid twice in one section");
    if (this.#rids.size === MAX_RIDS_PER_SECTION) {
      throw new SdpSyntaxError(`more than ${MAX_RIDS_PER_SECTION} rids in one section`);
    }
    this.#rids.set(rid.rid, rid);
  }
}

/** RTP profiles name payload types on the `m=` line; SCTP does not. */
export function isRtpProtocol(protocol: string): boolean {
  return /(^|\/)RTP\//.test(protocol);
}

/** RFC 8866 §5.14. */
function parseMediaLine(line: string): Pick<MediaSection, "kind" | "port" | "protocol" | "formats"> {
  const [kind = "", ports = "", protocol = "", ...formats] = line.split(" ");
  const port = parseUint(splitOnce(ports, "/")[0], 65_535);
  const isWellFormed = isToken(kind) && protocol !== "" && formats.length > 0 && formats.every(isToken);
  if (!isWellFormed || port === undefined || !protocol.split("/").every(isToken)) throw new SdpSyntaxError("malformed m= line");
  if (formats.length > MAX_CODECS_PER_SECTION)
    throw new SdpSyntaxError(`more than ${MAX_CODECS_PER_SECTION} formats on one m= line`);
  return { kind, port, protocol, formats };
}

function parsePayloadTypes(formats: readonly string[]): number[] {
  const payloadTypes = formats.map((format) => parsePayloadType(format, "m= line"));
  if (new Set(payloadTypes).size !== payloadTypes.length)
    throw new SdpSyntaxError("the same payload type twice on one m= line");
  return payloadTypes;
}

/** RFC 8830 §2. */
function parseMsid(value: string): Msid {
  const [streamId = "", trackId, ...rest] = value.trim().split(" ");
  if (!isToken(streamId) || (trackId !== undefined && !isToken(trackId)) || rest.length > 0) {
    throw new SdpSyntaxError("malformed msid");
  }
  return { streamId, ...(trackId === undefined ? {} : { trackId }) };
}

/** Any number of digits (RFC 8841 §6.3); what is more than anybody has is as good as the most we can say. */
function parseSize(value: string): number | undefined {
  return /^\d{1,20}$/.test(value) ? Math.min(Number(value), MAX_UINT32) : undefined;
}

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new SdpSyntaxError(`malformed ${what}`);
  return value;
}
