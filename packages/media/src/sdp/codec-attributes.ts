/** `a=rtpmap`, `a=fmtp` (RFC 8866 §6.6, §6.15) and `a=rtcp-fb` (RFC 4585 §4.2) of one section. */
import type { RtpCodec } from "../rtp/rtp-parameters.js";
import { MAX_FEEDBACK_PER_CODEC, MAX_FMTP_BYTES, MAX_PAYLOAD_TYPE } from "./sdp-limits.js";
import { isToken, MAX_UINT32, parseUint, SdpSyntaxError, splitOnce } from "./sdp-syntax.js";

/** Payload types that need no rtpmap (RFC 3551 §6), as far as anybody still offers them. */
const STATIC_RTPMAPS: ReadonlyMap<number, Rtpmap> = new Map([
  [0, { name: "PCMU", clockRate: 8000 }],
  [8, { name: "PCMA", clockRate: 8000 }],
  [9, { name: "G722", clockRate: 8000 }],
  [13, { name: "CN", clockRate: 8000 }],
]);

interface Rtpmap {
  readonly name: string;
  readonly clockRate: number;
  readonly channels?: number;
}

export class CodecAttributes {
  readonly #isAudio: boolean;
  readonly #payloadTypes: ReadonlySet<number>;
  readonly #rtpmaps = new Map<number, Rtpmap>();
  readonly #parameters = new Map<number, { bytes: number; readonly entries: Map<string, string> }>();
  readonly #feedback = new Map<number, Set<string>>();
  readonly #feedbackForAll = new Set<string>();

  /** `payloadTypes` are the `m=` line's; what is said about others is dropped. */
  constructor(isAudio: boolean, payloadTypes: readonly number[]) {
    this.#isAudio = isAudio;
    this.#payloadTypes = new Set(payloadTypes);
  }

  handleRtpmap(value: string): void {
    const [format, encoding = ""] = splitOnce(value, " ");
    const payloadType = parsePayloadType(format, "rtpmap");
    const [name = "", clock, channel, ...rest] = encoding.split("/");
    const clockRate = parseUint(clock, MAX_UINT32);
    const channels = channel === undefined ? 1 : parseUint(channel, 255);
    if (!isToken(name) || !clockRate || !channels || rest.length > 0) {
      throw new SdpSyntaxError(`malformed rtpmap of payload type ${payloadType}`);
    }
    if (!this.#payloadTypes.has(payloadType)) return;
    this.#rtpmaps.set(payloadType, { name, clockRate, ...(this.#isAudio && channels > 1 ? { channels } : {}) });
  }

  handleFmtp(value: string): void {
    const [format, text = ""] = splitOnce(value, " ");
    const payloadType = parsePayloadType(format, "fmtp");
    if (text === "") throw new SdpSyntaxError(`malformed fmtp of payload type ${payloadType}`);
    if (!this.#payloadTypes.has(payloadType)) return;
    const parameters = this.#parameters.get(payloadType) ?? { bytes: 0, entries: new Map<string, string>() };
    parameters.bytes += text.length;
    if (parameters.bytes > MAX_FMTP_BYTES) {
      throw new SdpSyntaxError(`fmtp of payload type ${payloadType} is longer than ${MAX_FMTP_BYTES} bytes`);
    }
    this.#parameters.set(payloadType, parameters);
    for (const part of text.split(";")) addParameter(parameters.entries, part.trim());
  }

  handleRtcpFeedback(value: string): void {
    const [format, feedback = ""] = splitOnce(value, " ");
    if (feedback.trim() === "") throw new SdpSyntaxError("malformed rtcp-fb");
    if (format === "*") {
      addFeedback(this.#feedbackForAll, feedback.trim());
      return;
    }
    const payloadType = parsePayloadType(format, "rtcp-fb");
    if (!this.#payloadTypes.has(payloadType)) return;
    const ofCodec = this.#feedback.get(payloadType) ?? new Set<string>();
    addFeedback(ofCodec, feedback.trim());
    this.#feedback.set(payloadType, ofCodec);
  }

  /** In order of the `m=` line. */
  finish(): RtpCodec[] {
    const codecs: RtpCodec[] = [];
    for (const payloadType of this.#payloadTypes) {
      const rtpmap = this.#rtpmaps.get(payloadType) ?? STATIC_RTPMAPS.get(payloadType);
      if (rtpmap === undefined) continue;
      codecs.push({
        payloadType,
        ...rtpmap,
        parameters: Object.fromEntries(this.#parameters.get(payloadType)?.entries ?? []),
        feedback: [...new Set([...(this.#feedback.get(payloadType) ?? []), ...this.#feedbackForAll])],
      });
    }
    return codecs;
  }
}

/** Without "a=": the lines that say what `codec` is. */
export function serializeCodec({ payloadType, name, clockRate, channels, parameters, feedback }: RtpCodec): string[] {
  const lines = [`rtpmap:${payloadType} ${name}/${clockRate}${channels === undefined ? "" : `/${channels}`}`];
  for (const value of feedback) lines.push(`rtcp-fb:${payloadType} ${value}`);
  const entries = Object.entries(parameters).map(([key, value]) => (key === "" ? value : `${key}=${value}`));
  if (entries.length > 0) lines.push(`fmtp:${payloadType} ${entries.join(";")}`);
  return lines;
}

export function parsePayloadType(text: string, where: string): number {
  const payloadType = parseUint(text, MAX_PAYLOAD_TYPE);
  if (payloadType === undefined)
    throw new SdpSyntaxError(`payload type of ${where} is not a number from 0 to ${MAX_PAYLOAD_TYPE}`);
  return payloadType;
}

function addParameter(entries: Map<string, string>, part: string): void {
  if (part === "") return;
  const [key, value] = splitOnce(part, "=");
  if (value === undefined || key.trim() === "") {
    // No name, as in "111/111" of red (RFC 2198 §5) or "0-15" of telephone-event: they share the empty key.
    const others = entries.get("");
    entries.set("", others === undefined ? part : `${others};${part}`);
    return;
  }
  // The one name that is not an ordinary property of an object, on this side or after a copy.
  if (key.trim() === "__proto__") return;
  entries.set(key.trim(), value.trim());
}

function addFeedback(feedback: Set<string>, value: string): void {
  feedback.add(value);
  if (feedback.size > MAX_FEEDBACK_PER_CODEC) {
    throw new SdpSyntaxError(`more than ${MAX_FEEDBACK_PER_CODEC} rtcp-fb lines for one payload type`);
  }
}
