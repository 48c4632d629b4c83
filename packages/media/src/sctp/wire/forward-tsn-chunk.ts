import { CHUNK, type ForwardTsnChunk } from "./chunk.js";

const FIXED_BYTES = 8;

/** Reads the chunk `view[start, end)`, whose header has been read (RFC 3758 §3.2). */
export function parseForwardTsn(view: DataView, start: number, end: number): ForwardTsnChunk | undefined {
  if (end - start < FIXED_BYTES) return undefined;
  const streams: { streamId: number; ssn: number }[] = [];
  for (let offset = start + FIXED_BYTES; offset + 4 <= end; offset += 4) {
    streams.push({ streamId: view.getUint16(offset), ssn: view.getUint16(offset + 2) });
  }
  return { type: "forwardTsn", cumulativeTsn: view.getUint32(start + 4), streams };
}

/** `ssnByStream`: sequence numbers may be extended. */
export function serializeForwardTsn(cumulativeTsn: number, ssnByStream: ReadonlyMap<number, number>): Uint8Array {
  const bytes = new Uint8Array(FIXED_BYTES + 4 * ssnByStream.size);
  const view = new DataView(bytes.buffer);
  bytes[0] = CHUNK.forwardTsn;
  view.setUint16(2, bytes.length);
  view.setUint32(4, cumulativeTsn);
  let offset = FIXED_BYTES;
  for (const [streamId, ssn] of ssnByStream) {
    view.setUint16(offset, streamId);
    view.setUint16(offset + 2, ssn);
    offset += 4;
  }
  return bytes;
}
