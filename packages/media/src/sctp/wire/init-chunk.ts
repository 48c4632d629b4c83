import { CHUNK, CHUNK_HEADER_BYTES, type InitChunk } from "./chunk.js";
import { PARAMETER_HEADER_BYTES, padded, serializeParameter, visitParameters } from "./type-length-value.js";

const FIXED_BYTES = 20;

/** Parameter types (RFC 9260 §3.3.2, RFC 3758 §3.1, RFC 5061 §4.2.7, RFC 6525 §3). */
const PARAMETER = { stateCookie: 7, unrecognized: 8, supportedExtensions: 0x8008, forwardTsn: 0xc000 } as const;

/** Parameters that mean nothing here but are no reason for a report: addresses, cookie preservative, ECN, host name, families, AUTH, padding, zero checksum. */
const KNOWN_UNUSED: ReadonlySet<number> = new Set([5, 6, 9, 11, 12, 0x8000, 0x8001, 0x8002, 0x8003, 0x8004, 0x8005, 0xc006]);

/** Bytes of unrecognized parameters that are reported back at most. */
const MAX_REPORTED_BYTES = 256;

/** Reads the chunk `view[start, end)`, whose header has been read. */
export function parseInit(type: InitChunk["type"], view: DataView, start: number, end: number): InitChunk | undefined {
  if (end - start < FIXED_BYTES) return undefined;
  let cookie: Uint8Array | undefined;
  let hasForwardTsn = false;
  let hasReConfig = false;
  const unrecognized: Uint8Array[] = [];
  let reportedBytes = 0;
  const slice = (from: number, to: number) => new Uint8Array(view.buffer, view.byteOffset + from, to - from);
  const isWhole = visitParameters(view, start + FIXED_BYTES, end, (parameter, valueStart, valueEnd) => {
    switch (parameter) {
      case PARAMETER.stateCookie:
        cookie = slice(valueStart, valueEnd);
        return true;
      case PARAMETER.forwardTsn:
        hasForwardTsn = true;
        return true;
      case PARAMETER.supportedExtensions:
        for (const extension of slice(valueStart, valueEnd)) {
          if (extension === CHUNK.reConfig) hasReConfig = true;
          else if (extension === CHUNK.forwardTsn) hasForwardTsn = true;
        }
        return true;
      case PARAMETER.unrecognized:
        return true;
      default:
        if (KNOWN_UNUSED.has(parameter)) return true;
        if ((parameter & 0x4000) !== 0) {
          const whole = slice(valueStart - PARAMETER_HEADER_BYTES, valueEnd);
          reportedBytes += padded(whole.length);
          if (reportedBytes <= MAX_REPORTED_BYTES) unrecognized.push(whole);
        }
        return (parameter & 0x8000) !== 0;
    }
  });
  if (!isWhole) return undefined;
  return {
    type,
    initiateTag: view.getUint32(start + 4),
    windowBytes: view.getUint32(start + 8),
    outboundStreams: view.getUint16(start + 12),
    inboundStreams: view.getUint16(start + 14),
    initialTsn: view.getUint32(start + 16),
    cookie,
    hasForwardTsn,
    hasReConfig,
    unrecognized,
  };
}

/** We always support FORWARD TSN and RE-CONFIG: the two flags are not looked at. */
export function serializeInit(chunk: Omit<InitChunk, "hasForwardTsn" | "hasReConfig">): Uint8Array {
  const parameters = [
    serializeParameter(PARAMETER.forwardTsn, new Uint8Array()),
    serializeParameter(PARAMETER.supportedExtensions, Uint8Array.of(CHUNK.reConfig, CHUNK.forwardTsn)),
    ...chunk.unrecognized.map((whole) => serializeParameter(PARAMETER.unrecognized, whole)),
  ];
  if (chunk.cookie !== undefined) parameters.push(serializeParameter(PARAMETER.stateCookie, chunk.cookie));
  const length = parameters.reduce((sum, parameter) => sum + parameter.length, FIXED_BYTES);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  bytes[0] = chunk.type === "init" ? CHUNK.init : CHUNK.initAck;
  view.setUint16(2, length);
  view.setUint32(CHUNK_HEADER_BYTES, chunk.initiateTag);
  view.setUint32(8, chunk.windowBytes);
  view.setUint16(12, chunk.outboundStreams);
  view.setUint16(14, chunk.inboundStreams);
  view.setUint32(16, chunk.initialTsn);
  let offset = FIXED_BYTES;
  for (const parameter of parameters) {
    bytes.set(parameter, offset);
    offset += parameter.length;
  }
  return bytes;
}
