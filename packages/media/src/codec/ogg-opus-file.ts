import { findOggPackets } from "./ogg-packets.js";
import { opusPacketDurationMs } from "./opus-packet.js";

/** Bytes of the identification header without a channel mapping table (RFC 7845 §5.1). */
const HEAD_BYTES = 19;

export interface OpusPacket {
  readonly data: Uint8Array;
  /** 2.5–120. */
  readonly durationMs: number;
}

/** An Ogg file with one Opus stream (RFC 7845). */
export interface OggOpusFile {
  /** 1 or 2. */
  readonly channels: number;
  /** Samples at 48 kHz that a decoder drops at the start. */
  readonly preSkip: number;
  /** At least one. */
  readonly packets: readonly OpusPacket[];
  /** The sum of the packets' durations, in ms. */
  readonly durationMs: number;
}

/**
 * Reads an Ogg file whose first stream is Opus; other streams are skipped, damage ends the reading. Checksums are not
 * checked: the file comes from a disk.
 *
 * @returns undefined when there is no such stream, it has more than two channels, or it holds no audio
 */
export function parseOggOpusFile(bytes: Uint8Array): OggOpusFile | undefined {
  const [head, tags, ...audio] = findOggPackets(bytes);
  if (head === undefined || tags === undefined) return undefined;
  if (!startsWith(head, "OpusHead") || head.length < HEAD_BYTES || !startsWith(tags, "OpusTags")) return undefined;
  const channels = head[9] as number;
  // The upper half of the version byte is the incompatible part; mapping family 0 is mono or stereo.
  if ((head[8] as number) >= 16 || channels < 1 || channels > 2 || head[18] !== 0) return undefined;
  const packets: OpusPacket[] = [];
  let totalMs = 0;
  for (const data of audio) {
    const durationMs = opusPacketDurationMs(data);
    if (durationMs === undefined) continue;
    packets.push({ data, durationMs });
    totalMs += durationMs;
  }
  if (packets.length === 0) return undefined;
  return { channels, preSkip: (head[10] as number) | ((head[11] as number) << 8), packets, durationMs: totalMs };
}

function startsWith(bytes: Uint8Array, word: string): boolean {
  return String.fromCharCode(...bytes.subarray(0, word.length)) === word;
}
