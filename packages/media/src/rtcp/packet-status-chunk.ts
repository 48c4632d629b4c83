/** How one packet fared (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1.1); also the bytes of its receive delta. */
export const PACKET_STATUS = { notReceived: 0, smallDelta: 1, largeDelta: 2 } as const;

export type PacketStatus = (typeof PACKET_STATUS)[keyof typeof PACKET_STATUS];

/** Bytes of one chunk. */
export const CHUNK_BYTES = 2;

const RESERVED_STATUS = 3;
const MAX_RUN = 0x1fff;
const ONE_BIT_SYMBOLS = 14;
const TWO_BIT_SYMBOLS = 7;

/**
 * Writes what one chunk says into `statuses` from `count` on, up to `limit` of them in all; symbols behind the last packet are
 * filling. Returns the new count, or -1 when the chunk holds the reserved symbol 3.
 */
export function readChunk(chunk: number, statuses: Uint8Array, count: number, limit: number): number {
  if ((chunk & 0x8000) === 0) {
    const status = (chunk >>> 13) & 3;
    if (status === RESERVED_STATUS) return -1;
    const end = Math.min(limit, count + (chunk & MAX_RUN));
    statuses.fill(status, count, end);
    return end;
  }
  const isTwoBit = (chunk & 0x4000) !== 0;
  const end = Math.min(limit, count + (isTwoBit ? TWO_BIT_SYMBOLS : ONE_BIT_SYMBOLS));
  for (let index = 0; count + index < end; index++) {
    const status = isTwoBit ? (chunk >>> (12 - 2 * index)) & 3 : (chunk >>> (13 - index)) & 1;
    if (status === RESERVED_STATUS) return -1;
    statuses[count + index] = status;
  }
  return end;
}

/** The fewest chunks a greedy choice finds: a run where one is long enough, else the densest vector that fits. */
export function packChunks(statuses: readonly PacketStatus[]): number[] {
  const chunks: number[] = [];
  let position = 0;
  while (position < statuses.length) {
    const status = statuses[position] ?? PACKET_STATUS.notReceived;
    const run = runLength(statuses, position);
    const oneBit = statuses.slice(position, position + ONE_BIT_SYMBOLS);
    if (run >= ONE_BIT_SYMBOLS || (run > TWO_BIT_SYMBOLS && oneBit.includes(PACKET_STATUS.largeDelta))) {
      chunks.push((status << 13) | run);
      position += run;
    } else if (!oneBit.includes(PACKET_STATUS.largeDelta)) {
      chunks.push(oneBit.reduce<number>((chunk, symbol, index) => chunk | (symbol << (13 - index)), 0x8000));
      position += ONE_BIT_SYMBOLS;
    } else {
      const twoBit = statuses.slice(position, position + TWO_BIT_SYMBOLS);
      chunks.push(twoBit.reduce<number>((chunk, symbol, index) => chunk | (symbol << (12 - 2 * index)), 0xc000));
      position += TWO_BIT_SYMBOLS;
    }
  }
  return chunks;
}

function runLength(statuses: readonly PacketStatus[], start: number): number {
  let end = start + 1;
  while (end < statuses.length && end - start < MAX_RUN && statuses[end] === statuses[start]) end++;
  return end - start;
}
