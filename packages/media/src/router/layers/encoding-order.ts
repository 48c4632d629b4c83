import type { RtpEncoding, RtpParameters } from "../../rtp/rtp-parameters.js";

/** What browsers and SDKs call their encodings, lowest quality first, whatever order SDP lists them in (LiveKit: q, h, f). */
const KNOWN_ORDERS: readonly (readonly string[])[] = [
  ["q", "h", "f"],
  ["l", "m", "h"],
  ["low", "mid", "high"],
  ["low", "medium", "high"],
];

/**
 * Which simulcast encoding is which spatial layer: 0 is the lowest quality. By the rids where all are names with a known order,
 * else as declared (RFC 8853 leaves the order to the application; browsers list the lowest first). A section of audio, or
 * of one encoding, has layer 0 only.
 */
export class EncodingOrder {
  /** By layer: the rid, or the SSRC where there are no rids. */
  readonly #keys: readonly (string | number)[];

  constructor({ kind, encodings }: RtpParameters) {
    const keys = [...new Set(encodings.flatMap((encoding) => keyOf(encoding) ?? []))];
    this.#keys = kind === "audio" || keys.length < 2 ? keys.slice(0, 1) : sorted(keys);
  }

  /** Encodings, at least 1. */
  get count(): number {
    return Math.max(1, this.#keys.length);
  }

  /** Undefined where there are no rids. */
  ridOf(layer: number): string | undefined {
    const key = this.#keys[layer];
    return typeof key === "string" ? key : undefined;
  }

  /** The layer of the stream with this SSRC and rid; -1 when the publisher never said that it would send it. */
  layerOf(ssrc: number, rid: string | undefined): number {
    const isSingle = this.#keys.length < 2;
    // Without simulcast the SSRC may change: the publisher restarted.
    if (isSingle) return rid === undefined || rid === this.#keys[0] ? 0 : -1;
    return this.#keys.indexOf(rid ?? ssrc | 0);
  }
}

function keyOf({ rid, ssrc }: RtpEncoding): string | number | undefined {
  return rid ?? (ssrc === undefined ? undefined : ssrc | 0);
}

function sorted(keys: readonly (string | number)[]): readonly (string | number)[] {
  const names = keys.map((key) => String(key).toLowerCase());
  const known = KNOWN_ORDERS.find((order) => names.every((name) => order.includes(name)));
  if (known === undefined) return keys;
  const rank = (key: string | number) => known.indexOf(String(key).toLowerCase());
  return [...keys].sort((a, b) => rank(a) - rank(b));
}
