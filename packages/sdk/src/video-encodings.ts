import type { VideoLayer } from "@sluice/protocol";
import type { Codec, PublishOptions } from "./publish-options.js";

/** RTCRtpEncodingParameters of the W3C, with WebRTC-SVC's `scalabilityMode`, which TypeScript's DOM does not know. */
export interface VideoEncoding extends RTCRtpEncodingParameters {
  scalabilityMode?: string;
}

/** How a video is encoded: what the browser is told, and what the room is told. Both smallest first. */
export interface VideoPlan {
  /** One; or for simulcast several, by rid. */
  readonly encodings: readonly VideoEncoding[];
  /** Absent when the size of the picture is unknown. */
  readonly layers?: readonly VideoLayer[];
}

/** What a MediaStreamTrack says of its picture (`getSettings()`). */
export interface PictureSize {
  readonly width?: number;
  readonly height?: number;
}

/** Enough for a good picture of so many pixels at 30 frames per second, VP8 or H.264 (LiveKit's presets for 16:9). */
const BITRATES: readonly { readonly pixels: number; readonly bitrateBps: number }[] = [
  { pixels: 160 * 90, bitrateBps: 90_000 },
  { pixels: 320 * 180, bitrateBps: 160_000 },
  { pixels: 384 * 216, bitrateBps: 180_000 },
  { pixels: 640 * 360, bitrateBps: 450_000 },
  { pixels: 960 * 540, bitrateBps: 800_000 },
  { pixels: 1280 * 720, bitrateBps: 1_700_000 },
  { pixels: 1920 * 1080, bitrateBps: 3_000_000 },
  { pixels: 2560 * 1440, bitrateBps: 5_000_000 },
  { pixels: 3840 * 2160, bitrateBps: 8_000_000 },
];
/** The better codecs need less for the same picture (LiveKit). */
const CODEC_FACTOR: Partial<Record<Codec, number>> = { vp9: 0.85, av1: 0.7 };

/** A picture's longer side, pixels: from here on two, and three encodings are worth their cost (LiveKit). */
const MIN_SIDE_FOR_TWO = 480;
const MIN_SIDE_FOR_THREE = 960;

/** From the smallest; the rids that everybody uses: quarter, half, full. */
const SCALES = [
  { rid: "q", scale: 4 },
  { rid: "h", scale: 2 },
  { rid: "f", scale: 1 },
] as const;

/** Text: its second encoding is for who cannot take the first, half as large and only now and then. */
const SCREEN_BITRATE_BPS = 2_500_000;
const SCREEN_LOW = { scale: 2, maxFramerate: 5, bitrateShare: 0.16 } as const;

const SVC_MODE = "L3T3_KEY";
/** Text must be sharp in every layer, so it is only thinned out in time. */
const SCREEN_SVC_MODE = "L1T3";
const SIMULCAST_MODE = "L1T3";

/** One size in which a picture is sent. */
interface Step {
  readonly rid?: string;
  /** How often it fits into the picture, in each direction. */
  readonly scale: number;
  readonly bitrateBps: number;
  readonly maxFramerate?: number;
}

/** The plan for a track of `size`. `canSvc`: the browser knows scalability modes. */
export function planVideo(options: PublishOptions, size: PictureSize, canSvc: boolean): VideoPlan {
  const isSvcCodec = canSvc && (options.codec === "vp9" || options.codec === "av1");
  const isSimulcast = options.simulcast ?? (!isSvcCodec && options.scalabilityMode === undefined);
  const steps = isSimulcast ? simulcastSteps(options, size) : [];
  if (steps.length > 1) {
    const mode = canSvc ? simulcastMode(options) : undefined;
    return { encodings: steps.map((step) => encodingOf(step, mode)), ...announce(steps, size) };
  }
  const mode = canSvc ? (options.scalabilityMode ?? (isSvcCodec ? svcMode(options) : undefined)) : undefined;
  const layers = spatialSteps(options, size, mode);
  return { encodings: [encodingOf({ scale: 1, bitrateBps: topBitrate(options, size) }, mode)], ...announce(layers, size) };
}

function simulcastSteps(options: PublishOptions, size: PictureSize): Step[] {
  const isScreen = options.source === "screenShare";
  const chosen = isScreen ? SCALES.slice(1) : SCALES.slice(-encodingCount(size));
  return chosen.map(({ rid, scale }) => {
    if (!isScreen || scale === 1) return { rid, scale, bitrateBps: stepBitrate(options, size, scale) };
    const { bitrateShare, maxFramerate } = SCREEN_LOW;
    return { rid, scale, maxFramerate, bitrateBps: Math.round(topBitrate(options, size) * bitrateShare) };
  });
}

/** The spatial layers of one stream, by its scalability mode: `L3T3_KEY` has three, each twice (with an `h` 1.5 times) the one below. */
function spatialSteps(options: PublishOptions, size: PictureSize, mode: string | undefined): Step[] {
  const [, count = "1", half = ""] = /^L([1-3])T[1-3](h?)/.exec(mode ?? "") ?? [];
  const ratio = half === "h" ? 1.5 : 2;
  return Array.from({ length: Number(count) }, (_, index) => {
    const scale = ratio ** (Number(count) - 1 - index);
    return { scale, bitrateBps: stepBitrate(options, size, scale) };
  });
}

/** Without a mode Chromium takes several encodings of VP9 for one with several spatial layers. */
function simulcastMode({ codec, scalabilityMode }: PublishOptions): string | undefined {
  return scalabilityMode ?? (codec === undefined || codec === "h264" ? undefined : SIMULCAST_MODE);
}

function svcMode({ source }: PublishOptions): string {
  return source === "screenShare" ? SCREEN_SVC_MODE : SVC_MODE;
}

function encodingOf({ rid, scale, bitrateBps, maxFramerate }: Step, mode: string | undefined): VideoEncoding {
  return {
    ...(rid === undefined ? {} : { rid, scaleResolutionDownBy: scale }),
    maxBitrate: bitrateBps,
    ...(maxFramerate === undefined ? {} : { maxFramerate }),
    ...(mode === undefined ? {} : { scalabilityMode: mode }),
  };
}

function announce(steps: readonly Step[], { width = 0, height = 0 }: PictureSize): Pick<VideoPlan, "layers"> {
  if (width === 0 || height === 0) return {};
  const layers = steps.map(({ rid, scale, bitrateBps }) => ({
    ...(rid === undefined ? {} : { rid }),
    width: Math.max(1, Math.floor(width / scale)),
    height: Math.max(1, Math.floor(height / scale)),
    bitrateBps,
  }));
  return { layers };
}

function encodingCount({ width = 0, height = 0 }: PictureSize): 1 | 2 | 3 {
  const side = Math.max(width, height);
  if (side === 0 || side >= MIN_SIDE_FOR_THREE) return 3;
  return side >= MIN_SIDE_FOR_TWO ? 2 : 1;
}

/** The largest has what was asked for, the others what their size needs. */
function stepBitrate(options: PublishOptions, size: PictureSize, scale: number): number {
  const top = topBitrate(options, size);
  return scale === 1 ? top : Math.min(top, neededBitrate(options, size, scale));
}

function topBitrate(options: PublishOptions, size: PictureSize): number {
  return options.maxBitrateBps ?? (options.source === "screenShare" ? SCREEN_BITRATE_BPS : neededBitrate(options, size, 1));
}

function neededBitrate({ codec = "vp8" }: PublishOptions, size: PictureSize, scale: number): number {
  const { width = 1280, height = 720 } = size;
  const pixels = (width * height) / scale ** 2;
  const entry = BITRATES.find((each) => each.pixels >= pixels) ?? BITRATES.at(-1);
  return Math.round((entry?.bitrateBps ?? 0) * (CODEC_FACTOR[codec] ?? 1));
}
