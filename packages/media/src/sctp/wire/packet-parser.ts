import { crc32c } from "../crc32c.js";
import { CHUNK, CHUNK_HEADER_BYTES, type Chunk, COMMON_HEADER_BYTES, DATA_HEADER_BYTES } from "./chunk.js";
import { parseForwardTsn } from "./forward-tsn-chunk.js";
import { parseInit } from "./init-chunk.js";
import { parseReConfig } from "./re-config-chunk.js";
import { parseSack } from "./sack-chunk.js";
import { padded, visitParameters } from "./type-length-value.js";

const CHECKSUM_OFFSET = 8;
const NO_CHECKSUM = new Uint8Array(4);

/** Chunks of one packet that are looked at: a full packet of one-byte messages has 58. */
export const MAX_CHUNKS = 100;

export interface SctpPacket {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly verificationTag: number;
  readonly chunks: readonly Chunk[];
}

/** CRC32c over the packet, its own field taken as zero; little-endian on the wire (RFC 9260 §6.8). */
export function packetChecksum(packet: Uint8Array): number {
  const header = crc32c(NO_CHECKSUM, 0, 4, crc32c(packet, 0, CHECKSUM_OFFSET));
  return crc32c(packet, COMMON_HEADER_BYTES, packet.length, header);
}

/** Whether the packet's checksum is right. False for one without a whole header. */
export function isChecksumValid(packet: Uint8Array): boolean {
  if (packet.length < COMMON_HEADER_BYTES) return false;
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  return view.getUint32(CHECKSUM_OFFSET, true) === packetChecksum(packet);
}

/**
 * One SCTP packet (RFC 9260 §3); undefined when anything in it does not fit, or when it has more than {@link MAX_CHUNKS} chunks.
 * The checksum is not looked at. Byte fields are views of `packet`.
 */
export function parsePacket(packet: Uint8Array): SctpPacket | undefined {
  if (packet.length < COMMON_HEADER_BYTES + CHUNK_HEADER_BYTES) return undefined;
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  const chunks: Chunk[] = [];
  for (let offset = COMMON_HEADER_BYTES; offset < packet.length; ) {
    if (chunks.length === MAX_CHUNKS || offset + CHUNK_HEADER_BYTES > packet.length) return undefined;
    const length = view.getUint16(offset + 2);
    if (length < CHUNK_HEADER_BYTES || offset + length > packet.length) return undefined;
    const chunk = parseChunk(packet, view, offset, offset + length);
    if (chunk === undefined) return undefined;
    chunks.push(chunk);
    offset += padded(length);
  }
  return {
    sourcePort: view.getUint16(0),
    destinationPort: view.getUint16(2),
    verificationTag: view.getUint32(4),
    chunks,
  };
}

function parseChunk(packet: Uint8Array, view: DataView, start: number, end: number): Chunk | undefined {
  const type = packet[start] as number;
  const flags = packet[start + 1] as number;
  const body = start + CHUNK_HEADER_BYTES;
  switch (type) {
    case CHUNK.data:
      return parseData(packet, view, start, end);
    case CHUNK.init:
      return parseInit("init", view, start, end);
    case CHUNK.initAck:
      return parseInit("initAck", view, start, end);
    case CHUNK.sack:
      return parseSack(view, start, end);
    case CHUNK.heartbeat:
      return { type: "heartbeat", bytes: packet.subarray(body, end) };
    case CHUNK.heartbeatAck:
      return { type: "heartbeatAck", bytes: packet.subarray(body, end) };
    case CHUNK.cookieEcho:
      return { type: "cookieEcho", bytes: packet.subarray(body, end) };
    case CHUNK.abort:
      return { type: "abort", isTagReflected: (flags & 1) !== 0 };
    case CHUNK.shutdownComplete:
      return { type: "shutdownComplete", isTagReflected: (flags & 1) !== 0 };
    case CHUNK.shutdown:
      return end - body < 4 ? undefined : { type: "shutdown", cumulativeTsn: view.getUint32(body) };
    case CHUNK.shutdownAck:
      return { type: "shutdownAck" };
    case CHUNK.cookieAck:
      return { type: "cookieAck" };
    case CHUNK.error:
      return parseError(view, body, end);
    case CHUNK.forwardTsn:
      return parseForwardTsn(view, start, end);
    case CHUNK.reConfig: {
      const parameters = parseReConfig(view, body, end);
      return parameters === undefined ? undefined : { type: "reConfig", parameters };
    }
    default:
      return {
        type: "unknown",
        isSkipped: (type & 0x80) !== 0,
        isReported: (type & 0x40) !== 0,
        bytes: packet.subarray(start, end),
      };
  }
}

function parseData(packet: Uint8Array, view: DataView, start: number, end: number): Chunk | undefined {
  if (end - start < DATA_HEADER_BYTES) return undefined;
  const flags = packet[start + 1] as number;
  return {
    type: "data",
    tsn: view.getUint32(start + 4),
    streamId: view.getUint16(start + 8),
    ssn: view.getUint16(start + 10),
    ppid: view.getUint32(start + 12),
    isUnordered: (flags & 4) !== 0,
    isBeginning: (flags & 2) !== 0,
    isEnding: (flags & 1) !== 0,
    isImmediate: (flags & 8) !== 0,
    payload: packet.subarray(start + DATA_HEADER_BYTES, end),
  };
}

function parseError(view: DataView, start: number, end: number): Chunk | undefined {
  const causes: number[] = [];
  const isWhole = visitParameters(view, start, end, (cause) => {
    causes.push(cause);
    return true;
  });
  return isWhole ? { type: "error", causes } : undefined;
}
