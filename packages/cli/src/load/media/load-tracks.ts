import { instant, OpusPacketizer, type Packetizer, Vp8Packetizer } from "@sluice/media";
import { OPUS, VP8 } from "../../media-file/codecs.js";
import type { MediaFile, MediaFrame } from "../../media-file/media-file.js";
import { machineUs, STAMP_BYTES, writeStamp } from "./send-stamp.js";

/** Seconds between two key frames; a node that asks for one gets the nearest. */
const KEY_FRAME_SECONDS = 2;
const WIDTH = 1_280;
const HEIGHT = 720;

const AUDIO_FRAME_MS = 20;
/** Of an Opus frame: 32 kbit/s. */
const AUDIO_FRAME_BYTES = 80;
const AUDIO_FRAMES = 50;

/** A payload with room for its own first bytes and the stamp. */
const MIN_STAMPED_BYTES = 24 + STAMP_BYTES;

/** Video that no decoder would show, of a constant bitrate: what a node looks at is right, the rest is filling and says when it was sent. */
export function createLoadVideo(bitrateBps: number, frameRate: number): MediaFile {
  const sizeBytes = Math.max(Math.round(bitrateBps / 8 / frameRate), MIN_STAMPED_BYTES);
  const frames = Array.from({ length: KEY_FRAME_SECONDS * frameRate }, (_, index): MediaFrame => {
    const isKeyFrame = index === 0;
    return { data: vp8Frame(sizeBytes, isKeyFrame), timestamp: Math.round((index * VP8.clockRate) / frameRate), isKeyFrame };
  });
  return {
    kind: "video",
    codec: VP8,
    frames,
    duration: KEY_FRAME_SECONDS * VP8.clockRate,
    createPacketizer: () => new StampingPacketizer(new Vp8Packetizer({ firstPictureId: 0 })),
  };
}

/** Audio of 50 packets a second, as loud as anybody. */
export function createLoadAudio(): MediaFile {
  const units = (AUDIO_FRAME_MS * OPUS.clockRate) / 1_000;
  // TOC: SILK, wideband, 20 ms, mono, one frame (RFC 6716 §3.1).
  const data = new Uint8Array(AUDIO_FRAME_BYTES).fill(0x55);
  data[0] = 0x48;
  return {
    kind: "audio",
    codec: OPUS,
    frames: Array.from({ length: AUDIO_FRAMES }, (_, index) => ({ data, timestamp: index * units, isKeyFrame: true })),
    duration: AUDIO_FRAMES * units,
    createPacketizer: () => new StampingPacketizer(new OpusPacketizer()),
  };
}

/** The frame tag, and in key frames the start code and the size (RFC 6386 §9.1). */
function vp8Frame(sizeBytes: number, isKeyFrame: boolean): Uint8Array {
  const data = new Uint8Array(sizeBytes).fill(0x55);
  if (!isKeyFrame) {
    data.set([0x11, 0, 0]);
    return data;
  }
  data.set([0x10, 0, 0, 0x9d, 0x01, 0x2a, WIDTH & 0xff, WIDTH >> 8, HEIGHT & 0xff, HEIGHT >> 8]);
  return data;
}

/** Payloads of another packetizer, each with the moment at which it was polled. */
class StampingPacketizer implements Packetizer {
  readonly #packetizer: Packetizer;

  constructor(packetizer: Packetizer) {
    this.#packetizer = packetizer;
  }

  get isFrameDone(): boolean {
    return this.#packetizer.isFrameDone;
  }

  handleFrame(frame: Uint8Array): void {
    this.#packetizer.handleFrame(frame);
  }

  pollPayload(target: Uint8Array, offset: number): number {
    const sizeBytes = this.#packetizer.pollPayload(target, offset);
    if (sizeBytes < MIN_STAMPED_BYTES) return sizeBytes;
    const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
    writeStamp(view, offset + sizeBytes, machineUs(instant(performance.now() * 1_000)));
    return sizeBytes;
  }
}
