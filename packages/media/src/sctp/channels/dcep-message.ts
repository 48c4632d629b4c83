import { decodeUtf8, encodeUtf8 } from "./utf8.js";

/** Data Channel Establishment Protocol (RFC 8832 §8.2.1). */
const MESSAGE = { ack: 2, open: 3 } as const;

/** Channel types (RFC 8832 §5.1); with the upper bit the channel is unordered. */
const CHANNEL = { reliable: 0, rexmit: 1, timed: 2, unordered: 0x80 } as const;

const OPEN_BYTES = 12;

/** Longest label and longest protocol that are taken, bytes each. The wire has room for 65,535. */
export const MAX_LABEL_BYTES = 1024;

export interface DataChannelOpen {
  readonly type: "open";
  readonly label: string;
  readonly protocol: string;
  readonly isOrdered: boolean;
  /** Retransmissions after which a message is given up; at most one of the two limits is there. */
  readonly maxRetransmits?: number;
  /** Milliseconds after which a message is given up. */
  readonly maxPacketLifeTimeMs?: number;
}

export type DcepMessage = DataChannelOpen | { readonly type: "ack" };

/**
 * One DCEP message; undefined when it is none, when its lengths say more than there is, or when a text is too long or no UTF-8.
 */
export function parseDcep(bytes: Uint8Array): DcepMessage | undefined {
  if (bytes[0] === MESSAGE.ack) return { type: "ack" };
  if (bytes[0] !== MESSAGE.open || bytes.length < OPEN_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const channelType = view.getUint8(1);
  const limit = view.getUint32(4);
  const labelBytes = view.getUint16(8);
  const protocolBytes = view.getUint16(10);
  if (labelBytes > MAX_LABEL_BYTES || protocolBytes > MAX_LABEL_BYTES) return undefined;
  if (OPEN_BYTES + labelBytes + protocolBytes > bytes.length) return undefined;
  const label = decodeUtf8(bytes.subarray(OPEN_BYTES, OPEN_BYTES + labelBytes));
  const protocol = decodeUtf8(bytes.subarray(OPEN_BYTES + labelBytes, OPEN_BYTES + labelBytes + protocolBytes));
  if (label === undefined || protocol === undefined) return undefined;
  const isOrdered = (channelType & CHANNEL.unordered) === 0;
  // Written out, because they are kept: V8 gives each copy of an object that gets one more property a hidden class of its own, 280 bytes.
  switch (channelType & ~CHANNEL.unordered) {
    case CHANNEL.reliable:
      return { type: "open", label, protocol, isOrdered };
    case CHANNEL.rexmit:
      return { type: "open", label, protocol, isOrdered, maxRetransmits: limit };
    case CHANNEL.timed:
      return { type: "open", label, protocol, isOrdered, maxPacketLifeTimeMs: limit };
    default:
      return undefined;
  }
}

/** @throws RangeError for a label or protocol of more than {@link MAX_LABEL_BYTES}, or for two limits at once */
export function serializeDcep(message: DcepMessage): Uint8Array {
  if (message.type === "ack") return Uint8Array.of(MESSAGE.ack);
  const { isOrdered, maxRetransmits, maxPacketLifeTimeMs } = message;
  if (maxRetransmits !== undefined && maxPacketLifeTimeMs !== undefined) throw new RangeError("a data channel has one limit");
  const label = encodeUtf8(message.label);
  const protocol = encodeUtf8(message.protocol);
  if (label.length > MAX_LABEL_BYTES || protocol.length > MAX_LABEL_BYTES) {
    throw new RangeError(`a label or protocol of more than ${MAX_LABEL_BYTES} bytes`);
  }
  const bytes = new Uint8Array(OPEN_BYTES + label.length + protocol.length);
  const view = new DataView(bytes.buffer);
  const kind =
    maxRetransmits !== undefined ? CHANNEL.rexmit : maxPacketLifeTimeMs !== undefined ? CHANNEL.timed : CHANNEL.reliable;
  view.setUint8(0, MESSAGE.open);
  view.setUint8(1, kind | (isOrdered ? 0 : CHANNEL.unordered));
  view.setUint32(4, maxRetransmits ?? maxPacketLifeTimeMs ?? 0);
  view.setUint16(8, label.length);
  view.setUint16(10, protocol.length);
  bytes.set(label, OPEN_BYTES);
  bytes.set(protocol, OPEN_BYTES + label.length);
  return bytes;
}
