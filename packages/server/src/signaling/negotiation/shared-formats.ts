import { CodecIndex, type MediaKind, type MediaSection, type RtpCodec, supportedCodecs } from "@sluice/media";
import { detachedCopy } from "./detached-copy.js";

/** What an offered section says of its media's format; nothing in it is ever changed. */
export interface OfferedFormat {
  readonly kind: MediaKind;
  readonly offered: Pick<MediaSection, "formats" | "codecs" | "headerExtensions">;
  /** The offered ones that Sluice supports, in the offered order. */
  readonly codecs: readonly RtpCodec[];
  readonly index: CodecIndex;
}

/** Formats that are kept to be shared: each kind of browser has one for each kind of media and direction. */
const MAX_SHARED_FORMATS = 64;
/** Of a format as text; Chromium's longest has 6,000 characters. */
const MAX_SHARED_LENGTH = 16_384;

/**
 * All clients of one kind offer the same dozens of codecs, in every section again: one copy is enough for all of them. It makes no
 * difference but in memory whether a format is a copy of its own or shared, so there may be one of these for everybody.
 */
export class SharedFormats {
  /** By kind and format as text, the oldest first. */
  readonly #formats = new Map<string, OfferedFormat>();

  get size(): number {
    return this.#formats.size;
  }

  /** The format of the section, texts of its own included. */
  share(kind: MediaKind, { formats, codecs, headerExtensions }: MediaSection): OfferedFormat {
    const offered = { formats, codecs, headerExtensions };
    const key = `${kind} ${JSON.stringify(offered)}`;
    const shared = this.#formats.get(key);
    if (shared !== undefined) return shared;
    const format = createFormat(kind, detachedCopy(offered));
    if (key.length > MAX_SHARED_LENGTH) return format;
    const [oldest] = this.#formats.keys();
    if (this.#formats.size >= MAX_SHARED_FORMATS && oldest !== undefined) this.#formats.delete(oldest);
    this.#formats.set(key, format);
    return format;
  }
}

function createFormat(kind: MediaKind, offered: OfferedFormat["offered"]): OfferedFormat {
  const codecs = supportedCodecs(kind, offered.codecs);
  return { kind, offered, codecs, index: new CodecIndex(codecs) };
}
