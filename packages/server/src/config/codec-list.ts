import { SluiceError } from "@sluice/protocol";
import { FORWARDED_CODECS } from "../room/codec-names.js";

/** LiveKit forwards it: a list may have it, and nothing comes of it. */
const FOREIGN_CODECS = ["video/H265"];
const MAX_CODECS = 64;
export const CODECS_RANGE = `of ${FORWARDED_CODECS.join(", ")}`;

/**
 * MIME types, separated by commas or as a YAML list, also in LiveKit's form `[{mime: video/vp8}]`. In our own order and writing.
 *
 * @throws SluiceError `invalidArgument` for a codec that nobody knows, and for a list without one that can be sent
 */
export function parseCodecList(value: unknown): readonly string[] {
  const items = typeof value === "string" ? value.split(",") : value;
  if (!Array.isArray(items) || items.length > MAX_CODECS) throw mismatch();
  const wanted = new Set(items.map((item: unknown) => mimeOf(item).trim().toLowerCase()));
  const known = new Set([...FORWARDED_CODECS, ...FOREIGN_CODECS].map((codec) => codec.toLowerCase()));
  if ([...wanted].some((codec) => !known.has(codec))) throw mismatch();
  const enabled = FORWARDED_CODECS.filter((codec) => wanted.has(codec.toLowerCase()));
  if (!enabled.some((codec) => codec !== "video/rtx" && codec !== "audio/red")) throw mismatch();
  // Loss without retransmission would stop the picture; nobody means that who lists VP8 alone.
  const hasVideo = enabled.some((codec) => codec.startsWith("video/"));
  return hasVideo && !enabled.includes("video/rtx") ? [...enabled, "video/rtx"] : enabled;
}

function mimeOf(item: unknown): string {
  if (typeof item === "string") return item;
  const mime: unknown = typeof item === "object" && item !== null && "mime" in item ? item.mime : undefined;
  if (typeof mime !== "string") throw mismatch();
  return mime;
}

function mismatch(): SluiceError {
  return new SluiceError("invalidArgument", `expected codecs ${CODECS_RANGE}`);
}
