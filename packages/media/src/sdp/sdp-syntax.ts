import { MAX_SDP_BYTES, MAX_SDP_LINE_BYTES } from "./sdp-limits.js";

/** Never leaves this folder: `parseSessionDescription` turns it into a reason. */
export class SdpSyntaxError extends Error {}

export interface SdpLine {
  /** One character: "v", "o", "m", "a" … */
  readonly type: string;
  readonly value: string;
}

/** Lines end with CRLF; a lone LF is accepted (RFC 8866 §5). One pass over the text. */
export function splitSdpLines(text: string): SdpLine[] {
  if (text.length > MAX_SDP_BYTES) throw new SdpSyntaxError(`longer than ${MAX_SDP_BYTES} bytes`);
  const lines: SdpLine[] = [];
  let bytes = 0;
  let lineBytes = 0;
  let start = 0;
  for (let index = 0; index <= text.length; index++) {
    const code = index === text.length ? LINE_FEED : text.charCodeAt(index);
    if (code !== LINE_FEED) {
      const isLineEnd = code === CARRIAGE_RETURN && text.charCodeAt(index + 1) === LINE_FEED;
      if (code < SPACE && code !== TAB && !isLineEnd)
        throw new SdpSyntaxError(`line ${lines.length + 1} has a control character`);
      lineBytes += utf8Bytes(code);
      if (lineBytes > MAX_SDP_LINE_BYTES) {
        throw new SdpSyntaxError(`line ${lines.length + 1} is longer than ${MAX_SDP_LINE_BYTES} bytes`);
      }
      continue;
    }
    bytes += lineBytes + 1;
    if (bytes > MAX_SDP_BYTES + 1) throw new SdpSyntaxError(`longer than ${MAX_SDP_BYTES} bytes`);
    const end = index > start && text.charCodeAt(index - 1) === CARRIAGE_RETURN ? index - 1 : index;
    if (end > start) lines.push(splitLine(text.slice(start, end), lines.length + 1));
    else if (index < text.length) throw new SdpSyntaxError(`line ${lines.length + 1} is empty`);
    start = index + 1;
    lineBytes = 0;
  }
  return lines;
}

function splitLine(line: string, number: number): SdpLine {
  if (line.charAt(1) !== "=") throw new SdpSyntaxError(`line ${number} is not of the form x=value`);
  return { type: line.charAt(0), value: line.slice(2) };
}

/** Of one UTF-16 code unit; each half of a surrogate pair is two of the four. */
function utf8Bytes(code: number): number {
  if (code < 0x80) return 1;
  return code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 2 : 3;
}

/** A decimal number without sign, 0–`max`; undefined otherwise. */
export function parseUint(text: string | undefined, max: number): number | undefined {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined;
  const value = Number(text);
  return value <= max ? value : undefined;
}

/** RFC 8866 §9 `token`. */
export function isToken(text: string): boolean {
  return /^[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+$/.test(text);
}

/** The text before the first `separator` and the text after it, undefined without one. */
export function splitOnce(text: string, separator: string): [head: string, tail: string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** Adds to a list of bounded length. */
export function pushBounded<T>(list: T[], item: T, max: number, what: string): void {
  if (list.length >= max) throw new SdpSyntaxError(`more than ${max} ${what}`);
  list.push(item);
}

export const MAX_UINT32 = 0xffff_ffff;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const TAB = 0x09;
const SPACE = 0x20;
