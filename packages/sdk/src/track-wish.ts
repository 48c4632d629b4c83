import type { Params } from "@sluice/protocol";
import type { Shown } from "./shown-picture.js";

/** What is wanted of a subscribed video at most; what is left out is not limited. */
export type LayerOptions = Omit<Params<"setLayers">, "trackId" | "paused">;

/** All that is wanted of one track, by the page and by the elements that show it; together it is one `setLayers`. */
export class TrackWish {
  /** By {@link RemoteTrack.setPaused}. */
  isPaused = false;
  /** By {@link RemoteTrack.setLayers}; a size given here goes before that of elements. */
  layers: LayerOptions = {};
  /** By the elements it adapts to; undefined: there are none. */
  shown: Shown | undefined;

  get parameters(): Omit<Params<"setLayers">, "trackId"> {
    const { width, height, ...caps } = this.layers;
    const hasSize = width !== undefined || height !== undefined;
    const paused = this.isPaused || this.shown?.type === "hidden";
    const seen = this.shown?.type === "visible" ? { width: this.shown.width, height: this.shown.height } : {};
    const given = { ...(width === undefined ? {} : { width }), ...(height === undefined ? {} : { height }) };
    return { ...caps, ...(hasSize ? given : seen), ...(paused ? { paused } : {}) };
  }

  get isDefault(): boolean {
    return Object.keys(this.parameters).length === 0;
  }
}
