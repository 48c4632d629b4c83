import type { RidAttribute } from "@sluice/media";
import { MAX_RID_LENGTH, MAX_VIDEO_LAYERS, MAX_VIDEO_SIDE, type VideoLayer } from "@sluice/protocol";

/** What clients call their encodings by, smallest first; LiveKit's are q, h and f. */
const NAMES: readonly (readonly string[])[] = [
  ["q", "l", "lo", "low"],
  ["m", "mid", "medium"],
  ["h", "hi", "high"],
  ["f", "full"],
];

/**
 * The layers of a simulcast offer, smallest first, as far as it says them: by the sizes in `a=rid` (RFC 8851 §5), else by names that
 * everybody knows, else the offer's first one is the largest, for it prefers that (RFC 8853 §5.2). Undefined for fewer than two, or
 * more than a track may have.
 *
 * @param sent the rids that are sent, in the offer's order
 */
export function layersOfRids(rids: readonly RidAttribute[], sent: readonly string[]): readonly VideoLayer[] | undefined {
  if (sent.length < 2 || sent.length > MAX_VIDEO_LAYERS || sent.some((rid) => rid.length > MAX_RID_LENGTH)) return undefined;
  const layers = sent.map((rid) => ({ rid, ...sizeOf(rids.find((each) => each.rid === rid)?.restrictions ?? "") }));
  if (layers.every(({ width, height }) => width > 0 && height > 0))
    return layers.reverse().sort((a, b) => a.width * a.height - b.width * b.height);
  const unsized = sent.map((rid) => ({ rid, width: 0, height: 0 }));
  if (sent.every((rid) => rankOf(rid) >= 0)) return unsized.sort((a, b) => rankOf(a.rid) - rankOf(b.rid));
  return unsized.reverse();
}

function rankOf(rid: string): number {
  return NAMES.findIndex((names) => names.includes(rid));
}

/** "max-width=1280;max-height=720;max-fps=30" */
function sizeOf(restrictions: string): { readonly width: number; readonly height: number } {
  const side = (name: string) => {
    const text = new RegExp(`(?:^|;)${name}=(\\d{1,5})(?:;|$)`).exec(restrictions)?.[1];
    const pixels = Number(text ?? 0);
    return pixels <= MAX_VIDEO_SIDE ? pixels : 0;
  };
  return { width: side("max-width"), height: side("max-height") };
}
