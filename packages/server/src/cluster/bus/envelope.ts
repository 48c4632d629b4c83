import { BUS_LIMITS } from "./bus-limits.js";
import type { BusChannel } from "./channel.js";
import { type MessageAuthenticator, TAG_BYTES } from "./message-authenticator.js";

/**
 * What one node says to others, as it crosses the broker. All numbers are big-endian and unsigned:
 *
 * ```
 *  0  2  "SB"
 *  2  1  version, 1
 *  3  1  kind: 0 message, 1 mark
 *  4  6  epoch
 * 10  6  sequence
 * 16  6  previousSequence
 * 22  6  sentAtMs
 * 28  4  ttlMs
 * 32  1  bytes of the sender's id
 * 33  1  0
 * 34  2  bytes of the channel's name
 * 36  4  bytes of the payload
 * 40     sender, channel, payload
 *    16  tag of everything before it
 * ```
 */
export interface Envelope {
  /** A mark has no payload: it says that sequence numbers up to its own were used, for who missed the last ones. */
  readonly kind: "message" | "mark";
  readonly sender: string;
  /** The sender's session. */
  readonly epoch: number;
  /** From 1; grows with each message of the session, over all channels. */
  readonly sequence: number;
  /** The sender's message before this one on the same channel; 0: none that it remembers. */
  readonly previousSequence: number;
  /** When it was published, ms since the sender's session began, by the sender's monotonic clock. */
  readonly sentAtMs: number;
  /** How old it may get. */
  readonly ttlMs: number;
  readonly channel: BusChannel;
  readonly payload: Uint8Array;
}

/** Why bytes are no envelope. */
export type EnvelopeFault = "oversized" | "malformed" | "foreignVersion" | "unauthenticated";

const HEADER_BYTES = 40;
const VERSION = 1;
const MAGIC = 0x53_42;
const KINDS = ["message", "mark"] as const;
const MAX_UINT48 = 2 ** 48 - 1;

export const MAX_ENVELOPE_BYTES =
  HEADER_BYTES + BUS_LIMITS.maxNodeIdBytes + BUS_LIMITS.maxChannelBytes + BUS_LIMITS.maxPayloadBytes + TAG_BYTES;

/** The caller keeps to the bounds; `RangeError` when it does not. */
export function serializeEnvelope(envelope: Envelope, authenticator: MessageAuthenticator): Uint8Array {
  const sender = Buffer.from(envelope.sender);
  const channel = Buffer.from(envelope.channel);
  const { payload } = envelope;
  if (sender.length === 0 || sender.length > BUS_LIMITS.maxNodeIdBytes) throw new RangeError("length of the sender's id");
  if (channel.length === 0 || channel.length > BUS_LIMITS.maxChannelBytes) throw new RangeError("length of the channel");
  if (payload.length > BUS_LIMITS.maxPayloadBytes) throw new RangeError("length of the payload");
  const signedBytes = HEADER_BYTES + sender.length + channel.length + payload.length;
  const bytes = Buffer.alloc(signedBytes + TAG_BYTES);
  bytes.writeUInt16BE(MAGIC, 0);
  bytes[2] = VERSION;
  bytes[3] = KINDS.indexOf(envelope.kind);
  bytes.writeUIntBE(envelope.epoch, 4, 6);
  bytes.writeUIntBE(envelope.sequence, 10, 6);
  bytes.writeUIntBE(envelope.previousSequence, 16, 6);
  bytes.writeUIntBE(envelope.sentAtMs, 22, 6);
  bytes.writeUInt32BE(envelope.ttlMs, 28);
  bytes[32] = sender.length;
  bytes.writeUInt16BE(channel.length, 34);
  bytes.writeUInt32BE(payload.length, 36);
  bytes.set(sender, HEADER_BYTES);
  bytes.set(channel, HEADER_BYTES + sender.length);
  bytes.set(payload, HEADER_BYTES + sender.length + channel.length);
  bytes.set(authenticator.sign(bytes.subarray(0, signedBytes)), signedBytes);
  return bytes;
}

/**
 * Reads an envelope, or says why it is none. Nothing but its length and version is looked at before its tag is found good. The payload
 * is a view of `input`.
 */
export function parseEnvelope(input: Uint8Array, authenticator: MessageAuthenticator): Envelope | EnvelopeFault {
  if (input.length > MAX_ENVELOPE_BYTES) return "oversized";
  if (input.length < HEADER_BYTES + TAG_BYTES) return "malformed";
  const bytes = Buffer.from(input.buffer, input.byteOffset, input.length);
  if (bytes.readUInt16BE(0) !== MAGIC) return "malformed";
  if (bytes[2] !== VERSION) return "foreignVersion";
  const end = bytes.length - TAG_BYTES;
  if (!authenticator.verify(bytes.subarray(0, end), bytes.subarray(end))) return "unauthenticated";
  return parseSigned(bytes, end);
}

/** A node that has the secret may still be wrong: everything is bounded all the same. */
function parseSigned(bytes: Buffer, end: number): Envelope | EnvelopeFault {
  const kind = KINDS[bytes[3] as number];
  const senderBytes = bytes[32] as number;
  const channelBytes = bytes.readUInt16BE(34);
  const payloadBytes = bytes.readUInt32BE(36);
  const ttlMs = bytes.readUInt32BE(28);
  const sequence = bytes.readUIntBE(10, 6);
  const previousSequence = bytes.readUIntBE(16, 6);
  const isFramed = HEADER_BYTES + senderBytes + channelBytes + payloadBytes === end && bytes[33] === 0;
  if (kind === undefined || !isFramed) return "malformed";
  if (senderBytes === 0 || senderBytes > BUS_LIMITS.maxNodeIdBytes) return "malformed";
  if (channelBytes === 0 || channelBytes > BUS_LIMITS.maxChannelBytes) return "malformed";
  if (payloadBytes > (kind === "mark" ? 0 : BUS_LIMITS.maxPayloadBytes)) return "malformed";
  if (sequence === 0 || previousSequence >= sequence || ttlMs > BUS_LIMITS.maxTtlMs) return "malformed";
  const channelStart = HEADER_BYTES + senderBytes;
  const sender = parseText(bytes.subarray(HEADER_BYTES, channelStart));
  const channel = parseText(bytes.subarray(channelStart, channelStart + channelBytes));
  if (sender === undefined || channel === undefined) return "malformed";
  return {
    kind,
    sender,
    epoch: bytes.readUIntBE(4, 6),
    sequence,
    previousSequence,
    sentAtMs: bytes.readUIntBE(22, 6),
    ttlMs,
    channel: channel as BusChannel,
    payload: bytes.subarray(end - payloadBytes, end),
  };
}

/** undefined: not UTF-8. Two different texts of bytes never become one id. */
function parseText(bytes: Buffer): string | undefined {
  const text = bytes.toString("utf8");
  return text.includes("\uFFFD") && !Buffer.from(text).equals(bytes) ? undefined : text;
}

/** Whether it fits the 6 bytes that an epoch has. */
export function isEpoch(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= MAX_UINT48;
}
