import { readFileSync, statSync } from "node:fs";
import { extname } from "node:path";
import {
  Av1Packetizer,
  H264Packetizer,
  type IvfFile,
  isAv1KeyFrameData,
  isVp9KeyFrameData,
  OpusPacketizer,
  parseH264File,
  parseIvfFile,
  parseOggOpusFile,
  Vp8Packetizer,
  Vp9Packetizer,
  vp9Profile,
} from "@sluice/media";
import { SluiceError } from "@sluice/protocol";
import { AV1, h264, OPUS, VP8, VP9_PROFILES } from "./codecs.js";
import type { MediaFile, MediaFrame } from "./media-file.js";

/** The whole file is kept in memory. */
const MAX_FILE_BYTES = 512 * 1024 * 1024;

/** Of an H.264 byte stream, which has no times. */
export const DEFAULT_FRAME_RATE = 30;

/** Frames per second that RTP's clock of 90 kHz can still tell apart and people have heard of. */
export const MAX_FRAME_RATE = 240;

export interface ReadOptions {
  /** Frames per second of a FILE.h264, 1–240. Default 30. */
  readonly frameRate?: number;
}

/**
 * Reads FILE.ivf (VP8, VP9 or AV1), FILE.h264 (Annex B) or FILE.ogg (Opus).
 *
 * @throws SluiceError `invalidArgument` or `notFound`, with one line that says what to do
 */
export function readMediaFile(fileName: string, { frameRate = DEFAULT_FRAME_RATE }: ReadOptions = {}): MediaFile {
  const read = READERS[extname(fileName).toLowerCase()];
  if (read === undefined) {
    throw new SluiceError(
      "invalidArgument",
      `${fileName}: expected a file named *.ivf (VP8, VP9, AV1), *.h264 or *.ogg (Opus)`,
    );
  }
  return read(readBytes(fileName), fileName, frameRate);
}

const READERS: Readonly<Record<string, (bytes: Uint8Array, fileName: string, frameRate: number) => MediaFile>> = {
  ".ivf": readIvf,
  ".h264": readH264,
  ".264": readH264,
  ".ogg": readOgg,
  ".opus": readOgg,
};

function readIvf(bytes: Uint8Array, fileName: string): MediaFile {
  const file = parseIvfFile(bytes);
  if (file === undefined) throw malformed(fileName, "an IVF file");
  const format = ivfFormat(file);
  if (format === undefined) {
    throw new SluiceError("invalidArgument", `${fileName} is VP9 of a profile that is not sent: only 0 and 2 are`);
  }
  const { codec, isKeyFrame, createPacketizer } = format;
  const unitsPerMs = codec.clockRate / 1000;
  const startMs = file.frames[0]?.timestampMs ?? 0;
  return {
    kind: "video",
    codec,
    frames: file.frames.map(({ data, timestampMs }) => {
      return { data, timestamp: Math.round((timestampMs - startMs) * unitsPerMs), isKeyFrame: isKeyFrame(data) };
    }),
    duration: Math.round(file.durationMs * unitsPerMs),
    createPacketizer,
  };
}

/** How the frames of an IVF file are sent; undefined when nobody could receive them. */
function ivfFormat({ codec, frames }: IvfFile): (Pick<MediaFile, "codec" | "createPacketizer"> & IvfKeyFrames) | undefined {
  switch (codec) {
    case "VP8": {
      // The low bit of a frame's first byte is 0 in key frames (RFC 6386 §9.1).
      const isKeyFrame = (frame: Uint8Array) => ((frame[0] ?? 1) & 1) === 0;
      return { codec: VP8, isKeyFrame, createPacketizer: () => new Vp8Packetizer({ firstPictureId: randomPictureId() }) };
    }
    case "VP9": {
      const profile = vp9Profile(frames[0]?.data ?? new Uint8Array(0));
      const vp9 = VP9_PROFILES[profile ?? 0];
      if (vp9 === undefined) return undefined;
      const createPacketizer = () => new Vp9Packetizer({ firstPictureId: randomPictureId() });
      return { codec: vp9, isKeyFrame: isVp9KeyFrameData, createPacketizer };
    }
    case "AV1":
      return { codec: AV1, isKeyFrame: isAv1KeyFrameData, createPacketizer: () => new Av1Packetizer() };
  }
}

interface IvfKeyFrames {
  readonly isKeyFrame: (frame: Uint8Array) => boolean;
}

function randomPictureId(): number {
  return Math.floor(Math.random() * 0x8000);
}

function readH264(bytes: Uint8Array, fileName: string, frameRate: number): MediaFile {
  const units = parseH264File(bytes);
  const profileLevelId = findProfileLevelId(bytes);
  if (units === undefined || profileLevelId === undefined) throw malformed(fileName, "an H.264 byte stream (Annex B)");
  const codec = h264(profileLevelId);
  const timestampOf = (index: number) => Math.round((index * codec.clockRate) / frameRate);
  return {
    kind: "video",
    codec,
    frames: units.map(({ data, isKeyFrame }, index) => ({ data, timestamp: timestampOf(index), isKeyFrame })),
    duration: timestampOf(units.length),
    createPacketizer: () => new H264Packetizer(),
  };
}

function readOgg(bytes: Uint8Array, fileName: string): MediaFile {
  const file = parseOggOpusFile(bytes);
  if (file === undefined) throw malformed(fileName, "an Ogg file with mono or stereo Opus");
  const unitsPerMs = OPUS.clockRate / 1000;
  const frames: MediaFrame[] = [];
  let timestamp = 0;
  for (const { data, durationMs } of file.packets) {
    frames.push({ data, timestamp, isKeyFrame: true });
    timestamp += durationMs * unitsPerMs;
  }
  return { kind: "audio", codec: OPUS, frames, duration: timestamp, createPacketizer: () => new OpusPacketizer() };
}

/** The three bytes after the header of the first sequence parameter set (RFC 6184 §8.1), in hexadecimal. */
function findProfileLevelId(bytes: Uint8Array): string | undefined {
  for (let at = bytes.indexOf(1, 2); at >= 0 && at + 4 < bytes.length; at = bytes.indexOf(1, at + 1)) {
    const isStartCode = bytes[at - 1] === 0 && bytes[at - 2] === 0;
    if (isStartCode && ((bytes[at + 1] as number) & 0x1f) === 7)
      return Buffer.from(bytes.subarray(at + 2, at + 5)).toString("hex");
  }
  return undefined;
}

function readBytes(fileName: string): Uint8Array {
  const stat = statSync(fileName, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isFile()) throw new SluiceError("notFound", `${fileName}: no such file`);
  if (stat.size > MAX_FILE_BYTES) {
    throw new SluiceError(
      "invalidArgument",
      `${fileName} is longer than ${MAX_FILE_BYTES / 1024 / 1024} MiB: cut it, it is looped anyway`,
    );
  }
  return new Uint8Array(readFileSync(fileName));
}

function malformed(fileName: string, expected: string): SluiceError {
  return new SluiceError("invalidArgument", `${fileName} is not ${expected}, or there is nothing in it`);
}
