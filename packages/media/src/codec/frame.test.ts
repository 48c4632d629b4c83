// What the frame parser tests share: payloads as packets, and what a parser says of them.
import { RtpHeader } from "../rtp/rtp-header.js";
import { FrameInfo, type FrameParser } from "./frame-info.js";
import { createFrameParser } from "./frame-parser.js";
import { hex, place } from "./payload.test.js";

export interface SentPacket {
  /** Hex digits, or bytes. */
  readonly payload: string | Uint8Array;
  readonly marker?: boolean;
  readonly timestamp?: number;
  readonly extendedSequenceNumber?: number;
  /** A one- or two-byte header extension with this id, before the payload. */
  readonly extension?: { readonly id: number; readonly data: Uint8Array };
}

/** Where the payload of {@link parsePacket} starts when there is no extension. */
export const PAYLOAD_OFFSET = place(new Uint8Array(0), 0).offset;

/** What `parser` says of a packet between bytes of `filler`; undefined when it is refused. */
export function parsePacket(parser: FrameParser, sent: SentPacket, filler = 0xff): FrameInfo | undefined {
  const info = new FrameInfo();
  const { memory, header } = placePacket(sent, filler);
  return parser.parse(memory, header, info) ? info : undefined;
}

/** Whether a key frame begins in a payload that is the first packet of its stream; false when it is refused. */
export function isKeyFrame(codecName: string, payload: Uint8Array, filler?: number): boolean {
  return parsePacket(createFrameParser(codecName, 0), { payload }, filler)?.isKeyFrame ?? false;
}

/** The packet in packet memory, as the Router sees it; the extension is in the two-byte form (RFC 8285 §4.3). */
export function placePacket(
  { payload, marker = false, timestamp = 0, extendedSequenceNumber = 0, extension }: SentPacket,
  filler = 0xff,
): ReturnType<typeof place> & { header: RtpHeader } {
  const bytes = typeof payload === "string" ? hex(payload) : payload;
  const element = extension === undefined ? [] : [extension.id, extension.data.length, ...extension.data];
  const placed = place(Uint8Array.from([...element, ...bytes]), filler);
  const header = new RtpHeader();
  header.marker = marker;
  header.timestamp = timestamp;
  header.extendedSequenceNumber = extendedSequenceNumber;
  header.extensionProfile = extension === undefined ? 0 : 0x1000;
  header.extensionOffset = extension === undefined ? 0 : placed.offset;
  header.extensionBytes = element.length;
  header.payloadOffset = placed.offset + element.length;
  header.payloadBytes = bytes.length;
  return { ...placed, header };
}
