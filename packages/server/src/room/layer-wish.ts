import type { Params, TrackSource } from "@sluice/protocol";

/** Text has to stay readable before faces have to stay large. */
const SCREEN_PRIORITY = 8;
const DEFAULT_PRIORITY = 1;

/** What a subscriber wants of a track, as its last `setLayers` said. */
export interface LayerWish {
  /** The subscription stays, the packets do not come. */
  readonly isPaused: boolean;
  /** The size at which the picture is shown, pixels; undefined: any. */
  readonly width: number | undefined;
  readonly height: number | undefined;
  /** The highest layers wanted, counted from 0; undefined: all. */
  readonly maxSpatialLayer: number | undefined;
  readonly maxTemporalLayer: number | undefined;
  /** 1–255: who gets bandwidth first when there is not enough for all. */
  readonly priority: number;
}

/** [RM33] Every call says all: what it leaves out is as if it had never been said. */
export function layerWish(source: TrackSource, params: Omit<Params<"setLayers">, "trackId"> = {}): LayerWish {
  return {
    isPaused: params.paused ?? false,
    width: params.width,
    height: params.height,
    maxSpatialLayer: params.maxSpatialLayer,
    maxTemporalLayer: params.maxTemporalLayer,
    priority: params.priority ?? (source === "screenShare" ? SCREEN_PRIORITY : DEFAULT_PRIORITY),
  };
}

export function isSameWish(a: LayerWish, b: LayerWish): boolean {
  return (
    a.isPaused === b.isPaused &&
    a.width === b.width &&
    a.height === b.height &&
    a.maxSpatialLayer === b.maxSpatialLayer &&
    a.maxTemporalLayer === b.maxTemporalLayer &&
    a.priority === b.priority
  );
}
