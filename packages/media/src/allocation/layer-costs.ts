import type { ConsumerLayers } from "../transport/parameters.js";

/** What a Producer's video costs, layer by layer. Layers count from 0; simulcast encodings are spatial layers. */
export interface LayerCosts {
  /** Spatial layers there are. */
  readonly count: number;
  /** Whether the publisher sends it now. */
  isActive(spatialLayer: number): boolean;
  /** Temporal layers of a spatial layer, at least 1. */
  temporalLayers(spatialLayer: number): number;
  /** Of forwarding everything up to these layers, bit/s; 0 while not measured. */
  bitrateBps(spatialLayer: number, temporalLayer: number): number;
}

/** One step of a {@link layerLadder}. */
export interface Rung extends ConsumerLayers {
  readonly bitrateBps: number;
}

/**
 * The choices there are for one video, cheapest and worst first: more frames come before more pixels, and a choice that costs no
 * more than a worse one replaces it. Empty when nothing is being sent.
 *
 * Above the smallest one a spatial layer is a choice with half of its frames at least, for a large picture that stutters is no
 * better than a small one that does not (JVB has all of them from 360 lines on).
 *
 * A layer whose rate is not known yet is no choice beside others that are; alone it is, for nothing.
 */
export function layerLadder(costs: LayerCosts, maxSpatialLayer: number, maxTemporalLayer: number): Rung[] {
  const rungs: Rung[] = [];
  let smallest: Rung | undefined;
  for (let spatialLayer = 0; spatialLayer < costs.count; spatialLayer++) {
    // Larger than wanted: only when nothing so small is sent, for more than is wanted is better than nothing.
    if (spatialLayer > maxSpatialLayer && (rungs.length > 0 || smallest !== undefined)) break;
    if (!costs.isActive(spatialLayer)) continue;
    const highest = Math.min(costs.temporalLayers(spatialLayer) - 1, maxTemporalLayer);
    smallest ??= { spatialLayer, temporalLayer: highest, bitrateBps: 0 };
    const fewest = rungs.length > 0 ? Math.max(0, highest - 1) : 0;
    for (let temporalLayer = fewest; temporalLayer <= highest; temporalLayer++) {
      const bitrateBps = costs.bitrateBps(spatialLayer, temporalLayer);
      if (bitrateBps === 0) continue;
      while (rungs.length > 0 && (rungs.at(-1)?.bitrateBps ?? 0) >= bitrateBps) rungs.pop();
      rungs.push({ spatialLayer, temporalLayer, bitrateBps });
    }
  }
  return rungs.length > 0 || smallest === undefined ? rungs : [smallest];
}
