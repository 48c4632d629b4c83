import { fileURLToPath } from "node:url";
import type { MediaFile } from "./media-file.js";
import { readMediaFile } from "./read-media-file.js";

/** Of the test picture; the H.264 file does not say so itself. */
const FRAME_RATE = 24;

/** The pictures that come with the program: 640 × 360, 4 s, a key frame every second. */
export function readTestPicture(codec: "vp8" | "h264"): MediaFile {
  return readMediaFile(asset(codec === "vp8" ? "test.ivf" : "test.h264"), { frameRate: FRAME_RATE });
}

/** The tone that comes with it: mono, 20 ms packets. */
export function readTestTone(): MediaFile {
  return readMediaFile(asset("test.ogg"));
}

function asset(name: string): string {
  return fileURLToPath(new URL(`../../assets/${name}`, import.meta.url));
}
