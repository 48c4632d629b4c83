import { VideoLayer as LiveKitLayer, VideoQuality } from "@livekit/protocol";
import { MAX_RID_LENGTH, MAX_VIDEO_LAYERS, MAX_VIDEO_SIDE, type VideoLayer } from "@sluice/protocol";

/** LOW, MEDIUM and HIGH; OFF is none of them. */
export const QUALITIES = [VideoQuality.LOW, VideoQuality.MEDIUM, VideoQuality.HIGH] as const;

/**
 * The layer that a quality means of `layerCount` layers, smallest first: qualities count from below, and of a video with fewer
 * layers than qualities the best one stands for all that are missing.
 */
export function layerOfQuality(quality: VideoQuality, layerCount: number): number {
  return Math.max(0, Math.min(quality, VideoQuality.HIGH, layerCount - 1));
}

/** What LiveKit calls the layer with this index. A single layer is HIGH, as its clients announce it. */
export function qualityOfLayer(layer: number, layerCount: number): VideoQuality {
  if (layerCount === 1) return VideoQuality.HIGH;
  return QUALITIES[Math.min(layer, QUALITIES.length - 1)] ?? VideoQuality.HIGH;
}

export function liveKitLayers(layers: readonly VideoLayer[]): LiveKitLayer[] {
  return layers.map(({ rid = "", width, height, bitrateBps = 0 }, index) => {
    const quality = qualityOfLayer(index, layers.length);
    return new LiveKitLayer({ quality, width, height, bitrate: bitrateBps, rid, spatialLayer: index });
  });
}

/**
 * Layers as a client announces them, in any order, as the room wants them [RM25]: smallest first. Undefined when they say
 * nothing that can be used; what is sent will then speak for itself.
 */
export function announcedLayersOf(layers: readonly LiveKitLayer[]): readonly VideoLayer[] | undefined {
  if (layers.length === 0 || layers.length > MAX_VIDEO_LAYERS) return undefined;
  if (layers.some(({ width, height }) => !isSide(width) || !isSide(height))) return undefined;
  const ordered = [...layers].sort((a, b) => a.width * a.height - b.width * b.height || a.quality - b.quality);
  const rids = new Set(ordered.map(({ rid }) => rid).filter((rid) => rid !== "" && rid.length <= MAX_RID_LENGTH));
  const hasRids = rids.size === ordered.length;
  return ordered.map(({ rid, width, height, bitrate }) => {
    return { width, height, ...(hasRids ? { rid } : {}), ...(bitrate > 0 ? { bitrateBps: bitrate } : {}) };
  });
}

function isSide(pixels: number): boolean {
  return pixels >= 1 && pixels <= MAX_VIDEO_SIDE;
}
