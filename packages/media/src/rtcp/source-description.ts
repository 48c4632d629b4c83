import { createSection, RTCP_PACKET_TYPE, type RtcpSection } from "./rtcp-section.js";
import { readText, textBytes, writeText } from "./rtcp-text.js";

const ITEM_END = 0;
const ITEM_CNAME = 1;

/** SDES (RFC 3550 §6.5), of which only CNAME is kept: it says which streams share a clock. */
export interface SourceDescription {
  readonly type: "sourceDescription";
  /** At most 31. A chunk that came without a CNAME is left out. */
  readonly chunks: readonly SourceDescriptionChunk[];
}

export interface SourceDescriptionChunk {
  readonly ssrc: number;
  /** At most 255 characters. */
  readonly cname: string;
}

export function parseSourceDescription({ count, body }: RtcpSection): SourceDescription | undefined {
  const chunks: SourceDescriptionChunk[] = [];
  let offset = 0;
  for (let index = 0; index < count; index++) {
    if (offset + 4 > body.byteLength) return undefined;
    const ssrc = body.getUint32(offset);
    offset += 4;
    let cname: string | undefined;
    for (;;) {
      if (offset >= body.byteLength) return undefined; // the list of items must end with a zero
      const item = body.getUint8(offset++);
      if (item === ITEM_END) break;
      if (offset >= body.byteLength) return undefined;
      const length = body.getUint8(offset++);
      if (offset + length > body.byteLength) return undefined;
      if (item === ITEM_CNAME) cname ??= readText(body, offset, length);
      offset += length;
    }
    offset = (offset + 3) & ~3; // the next chunk starts at a 32-bit boundary
    if (cname !== undefined) chunks.push({ ssrc, cname });
  }
  return { type: "sourceDescription", chunks };
}

export function serializeSourceDescription({ chunks }: SourceDescription): Uint8Array {
  const bodyBytes = chunks.reduce((sum, { cname }) => sum + chunkBytes(cname), 0);
  const { bytes, body } = createSection(RTCP_PACKET_TYPE.sourceDescription, chunks.length, bodyBytes);
  let offset = 0;
  for (const { ssrc, cname } of chunks) {
    body.setUint32(offset, ssrc);
    body.setUint8(offset + 4, ITEM_CNAME);
    body.setUint8(offset + 5, textBytes(cname));
    writeText(body, offset + 6, cname);
    offset += chunkBytes(cname);
  }
  return bytes;
}

/** SSRC, type, length, text and at least one zero, to the next 32-bit boundary. */
function chunkBytes(cname: string): number {
  return (4 + 2 + textBytes(cname) + 1 + 3) & ~3;
}
