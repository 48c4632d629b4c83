import { type LayerPreference, NO_LAYER_LIMIT, type RtpEncoding } from "@sluice/media";
import type { VideoLayer } from "@sluice/protocol";
import type { LayerWish } from "../room/layer-wish.js";

/** A layer a little smaller than the picture that is shown is good enough (LiveKit's layerSelectionTolerance). */
const SIZE_TOLERANCE = 0.9;

/**
 * A subscriber's wish in layers: the smallest announced one that covers the size shown, and no more than the caps. Where nobody
 * announced layers a size says nothing.
 */
export function layerPreference(wish: LayerWish, layers: readonly VideoLayer[] | undefined): LayerPreference {
  const { maxSpatialLayer, maxTemporalLayer } = NO_LAYER_LIMIT;
  return {
    maxSpatialLayer: Math.min(wish.maxSpatialLayer ?? maxSpatialLayer, coveringLayer(wish, layers ?? [])),
    maxTemporalLayer: wish.maxTemporalLayer ?? maxTemporalLayer,
    priority: wish.priority,
  };
}

export function isSamePreference(a: LayerPreference | undefined, b: LayerPreference | undefined): boolean {
  return (
    a?.maxSpatialLayer === b?.maxSpatialLayer && a?.maxTemporalLayer === b?.maxTemporalLayer && a?.priority === b?.priority
  );
}

function coveringLayer({ width = 0, height = 0 }: LayerWish, layers: readonly VideoLayer[]): number {
  if (width === 0 && height === 0) return NO_LAYER_LIMIT.maxSpatialLayer;
  const enough = layers.find((layer) => layer.width >= width * SIZE_TOLERANCE && layer.height >= height * SIZE_TOLERANCE);
  if (enough === undefined) return NO_LAYER_LIMIT.maxSpatialLayer;
  // Layers of one size differ in bit rate or frame rate: of these the best.
  return layers.findLastIndex((layer) => layer.width === enough.width && layer.height === enough.height);
}

/** A Producer's encodings are its spatial layers, so they have to stand in the announced order, whatever the offer's was. */
export function orderEncodings(
  encodings: readonly RtpEncoding[],
  layers: readonly VideoLayer[] | undefined,
): readonly RtpEncoding[] {
  const places = new Map(layers?.flatMap(({ rid }, index) => (rid === undefined ? [] : [[rid, index] as const])));
  const place = ({ rid = "" }: RtpEncoding) => places.get(rid) ?? places.size;
  return places.size === 0 ? encodings : [...encodings].sort((a, b) => place(a) - place(b));
}
