const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 12;

/** Frames of one file at most; what follows is left out. An hour and more at 120 frames/s. */
const MAX_FRAMES = 500_000;

/** Encoding names by FourCC. */
const CODECS: Readonly<Record<string, "VP8" | "VP9" | "AV1">> = { VP80: "VP8", VP90: "VP9", AV01: "AV1" };

export interface IvfFrame {
  /** A part of the file's own bytes. */
  readonly data: Uint8Array;
  /** When it is shown, in ms from the start of the file's clock. */
  readonly timestampMs: number;
}

/** An IVF file: the frames of one VP8, VP9 or AV1 stream. */
export interface IvfFile {
  readonly codec: "VP8" | "VP9" | "AV1";
  /** In pixels, as the header says. */
  readonly width: number;
  readonly height: number;
  /** At least one, in the order of decoding. */
  readonly frames: readonly IvfFrame[];
  /** From the first frame to the end of the last, which is taken to last as long as the one before it, in ms. Over 0. */
  readonly durationMs: number;
}

/**
 * Reads an IVF file (32-byte header, then size, 64-bit time and bytes of each frame, little-endian).
 *
 * A frame that is cut short by the end of the file is left out.
 *
 * @returns undefined when this is no IVF file, its codec is unknown, or it holds no frame
 */
export function parseIvfFile(bytes: Uint8Array): IvfFile | undefined {
  if (bytes.length < HEADER_BYTES || ascii(bytes, 0) !== "DKIF") return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const codec = CODECS[ascii(bytes, 8)];
  const headerBytes = view.getUint16(6, true);
  const rate = view.getUint32(16, true);
  const scale = view.getUint32(20, true);
  if (codec === undefined || headerBytes < HEADER_BYTES || rate === 0 || scale === 0) return undefined;
  const tickMs = (1000 * scale) / rate;
  const frames = parseFrames(bytes, view, headerBytes, tickMs);
  const first = frames[0];
  const last = frames.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const previous = frames.at(-2);
  const lastMs = previous === undefined ? tickMs : last.timestampMs - previous.timestampMs;
  const durationMs = last.timestampMs - first.timestampMs + lastMs;
  return { codec, width: view.getUint16(12, true), height: view.getUint16(14, true), frames, durationMs };
}

function parseFrames(bytes: Uint8Array, view: DataView, start: number, tickMs: number): IvfFrame[] {
  const frames: IvfFrame[] = [];
  let at = start;
  let latestMs = Number.NEGATIVE_INFINITY;
  while (at + FRAME_HEADER_BYTES <= bytes.length && frames.length < MAX_FRAMES) {
    const sizeBytes = view.getUint32(at, true);
    const timestampMs = (view.getUint32(at + 4, true) + view.getUint32(at + 8, true) * 2 ** 32) * tickMs;
    const end = at + FRAME_HEADER_BYTES + sizeBytes;
    // Time that stands still or goes back is damage: nothing after it can be shown at the right moment.
    if (sizeBytes === 0 || end > bytes.length || !(timestampMs > latestMs)) break;
    frames.push({ data: bytes.subarray(at + FRAME_HEADER_BYTES, end), timestampMs });
    latestMs = timestampMs;
    at = end;
  }
  return frames;
}

function ascii(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}
