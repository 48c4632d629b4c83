/**
 * What stands in every message of the two data channels between a client and the node: who sent it, to whom, about what.
 *
 *     0        1                3                 3 + n
 *     | u8: 1  | u16: n         | header          | payload      |
 *     | version| header's bytes | JSON in UTF-8   | any bytes    |
 *
 * Numbers are big-endian. A client's header is `{topic?, to?}` and may be empty (n = 0); the node's is `{from, topic?}`.
 * The messages are binary ones (RFC 8831 §8, PPID 53).
 */
import { SluiceError } from "./error-code.js";
import { MAX_CHANNEL_MESSAGE_BYTES, MAX_ID_LENGTH, MAX_IDS_PER_REQUEST, MAX_TOPIC_LENGTH } from "./limits.js";
import { fields, InvalidValue, list, type Parser, text } from "./validation/parser.js";

/** The channels' labels, as LiveKit has them: ordered and reliable; unordered and never sent twice. The client opens both. */
export const DATA_LABELS = { reliable: "_reliable", lossy: "_lossy" } as const;

export interface ClientDataHeader {
  readonly topic?: string;
  /** Participant ids; absent: everybody else. */
  readonly to?: readonly string[];
}

export interface ServerDataHeader {
  /** Participant id of the sender. */
  readonly from: string;
  readonly topic?: string;
}

export interface ClientDataMessage {
  readonly header: ClientDataHeader;
  /** Part of what was parsed, not a copy. */
  readonly payload: Uint8Array;
}

export interface ServerDataMessage {
  readonly header: ServerDataHeader;
  /** Part of what was parsed, not a copy. */
  readonly payload: Uint8Array;
}

const VERSION = 1;
const PREFIX_BYTES = 3;
/** What 16 bits can say: more than any list of ids that the node has given out. */
const MAX_HEADER_BYTES = 0xffff;

const id = text(1, MAX_ID_LENGTH);
const topic = text(0, MAX_TOPIC_LENGTH);
const clientHeader: Parser<ClientDataHeader> = fields({}, { topic, to: list(id, MAX_IDS_PER_REQUEST) });
const serverHeader: Parser<ServerDataHeader> = fields({ from: id }, { topic });

/** A client's message as the node reads it; undefined when it breaks the format or a limit. */
export function parseClientDataMessage(bytes: Uint8Array): ClientDataMessage | undefined {
  return parseDataMessage(bytes, clientHeader);
}

/** The node's message as a client reads it; undefined when it breaks the format or a limit. */
export function parseServerDataMessage(bytes: Uint8Array): ServerDataMessage | undefined {
  return parseDataMessage(bytes, serverHeader);
}

/**
 * One message, ready to be sent.
 * @throws SluiceError `invalidArgument` when the header is longer than its length field can say
 */
export function serializeDataMessage(
  header: ClientDataHeader | ServerDataHeader,
  payload: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const json = toAscii(JSON.stringify(header));
  if (json.length > MAX_HEADER_BYTES) {
    throw new SluiceError("invalidArgument", `a data header has at most ${MAX_HEADER_BYTES} bytes, this one ${json.length}`);
  }
  const bytes = new Uint8Array(PREFIX_BYTES + json.length + payload.length);
  bytes[0] = VERSION;
  bytes[1] = json.length >> 8;
  bytes[2] = json.length & 0xff;
  for (let at = 0; at < json.length; at++) bytes[PREFIX_BYTES + at] = json.charCodeAt(at);
  bytes.set(payload, PREFIX_BYTES + json.length);
  return bytes;
}

function parseDataMessage<H>(bytes: Uint8Array, parseHeader: Parser<H>) {
  const [version, high, low] = bytes;
  if (version !== VERSION || high === undefined || low === undefined) return undefined;
  const end = PREFIX_BYTES + high * 256 + low;
  if (end > bytes.length || bytes.length > MAX_CHANNEL_MESSAGE_BYTES) return undefined;
  try {
    const json = end === PREFIX_BYTES ? "{}" : decodeUtf8(bytes.subarray(PREFIX_BYTES, end));
    return { header: parseHeader(JSON.parse(json)), payload: bytes.subarray(end) };
  } catch (error) {
    if (error instanceof InvalidValue || error instanceof SyntaxError || error instanceof URIError) return undefined;
    throw error;
  }
}

/** JSON says every character in ASCII too (RFC 8259 §7); then a header's length is that of its text. */
function toAscii(json: string): string {
  return json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Throws URIError for what is not UTF-8. This package has no TextDecoder: it is for every platform. */
function decodeUtf8(bytes: Uint8Array): string {
  let encoded = "";
  for (const byte of bytes) {
    const isPlain = byte < 0x80 && byte !== PERCENT;
    encoded += isPlain ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, "0")}`;
  }
  return decodeURIComponent(encoded);
}

const PERCENT = 0x25;
