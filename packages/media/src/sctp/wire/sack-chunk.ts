import { CHUNK, type SackChunk } from "./chunk.js";

const FIXED_BYTES = 16;

/** Reads the chunk `view[start, end)`, whose header has been read. Gap blocks come out ascending and apart, others are left out. */
export function parseSack(view: DataView, start: number, end: number): SackChunk | undefined {
  if (end - start < FIXED_BYTES) return undefined;
  const blocks = view.getUint16(start + 12);
  const duplicates = view.getUint16(start + 14);
  if (FIXED_BYTES + 4 * (blocks + duplicates) > end - start) return undefined;
  const gaps: number[] = [];
  let previous = 0;
  for (let block = 0; block < blocks; block++) {
    const first = view.getUint16(start + FIXED_BYTES + 4 * block);
    const last = view.getUint16(start + FIXED_BYTES + 4 * block + 2);
    if (first <= previous || last < first) continue;
    gaps.push(first, last);
    previous = last;
  }
  return {
    type: "sack",
    cumulativeTsn: view.getUint32(start + 4),
    windowBytes: view.getUint32(start + 8),
    gaps,
    duplicates,
  };
}

/** `gaps` as in {@link SackChunk}; `duplicates`: TSNs. What does not fit into `maxBytes` is left out, duplicates first. */
export function serializeSack(
  cumulativeTsn: number,
  windowBytes: number,
  gaps: readonly number[],
  duplicates: readonly number[],
  maxBytes: number,
): Uint8Array {
  const room = Math.floor((maxBytes - FIXED_BYTES) / 4);
  const blocks = Math.min(gaps.length / 2, room);
  const listed = Math.min(duplicates.length, room - blocks);
  const bytes = new Uint8Array(FIXED_BYTES + 4 * (blocks + listed));
  const view = new DataView(bytes.buffer);
  bytes[0] = CHUNK.sack;
  view.setUint16(2, bytes.length);
  view.setUint32(4, cumulativeTsn);
  view.setUint32(8, windowBytes);
  view.setUint16(12, blocks);
  view.setUint16(14, listed);
  for (let index = 0; index < 2 * blocks; index++) view.setUint16(FIXED_BYTES + 2 * index, gaps[index] as number);
  for (let index = 0; index < listed; index++) {
    view.setUint32(FIXED_BYTES + 4 * (blocks + index), duplicates[index] as number);
  }
  return bytes;
}
