import { createSection, PAYLOAD_SPECIFIC_FORMAT, RTCP_PACKET_TYPE, type RtcpSection } from "./rtcp-section.js";

const SSRCS_BYTES = 8;
const ENTRY_BYTES = 8;

/** Full Intra Request (RFC 5104 §4.3.1): asks for a keyframe, numbered so that repeats are known as such. */
export interface Fir {
  readonly type: "fir";
  readonly senderSsrc: number;
  /** The streams that are asked, at least one; the packet's own media SSRC is unused (0). */
  readonly entries: readonly FirEntry[];
}

export interface FirEntry {
  readonly ssrc: number;
  /** 8 bits; the same number again is the same request. */
  readonly sequenceNumber: number;
}

export function parseFir({ body }: RtcpSection): Fir | undefined {
  const entryBytes = body.byteLength - SSRCS_BYTES;
  if (entryBytes < ENTRY_BYTES || entryBytes % ENTRY_BYTES !== 0) return undefined;
  const entries: FirEntry[] = [];
  for (let offset = SSRCS_BYTES; offset < body.byteLength; offset += ENTRY_BYTES) {
    entries.push({ ssrc: body.getUint32(offset), sequenceNumber: body.getUint8(offset + 4) });
  }
  return { type: "fir", senderSsrc: body.getUint32(0), entries };
}

export function serializeFir(fir: Fir): Uint8Array {
  const { bytes, body } = createSection(
    RTCP_PACKET_TYPE.payloadSpecificFeedback,
    PAYLOAD_SPECIFIC_FORMAT.fir,
    SSRCS_BYTES + fir.entries.length * ENTRY_BYTES,
  );
  body.setUint32(0, fir.senderSsrc);
  for (const [index, { ssrc, sequenceNumber }] of fir.entries.entries()) {
    const offset = SSRCS_BYTES + index * ENTRY_BYTES;
    body.setUint32(offset, ssrc);
    body.setUint8(offset + 4, sequenceNumber);
  }
  return bytes;
}
