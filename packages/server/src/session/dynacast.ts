import { after, earliest, type Instant } from "@sluice/media";
import { MAX_VIDEO_LAYERS, type Notification } from "@sluice/protocol";
import type { Room } from "../room/room.js";
import type { Track } from "../room/track.js";
import { LayerDemand } from "./layer-demand.js";
import { layerPreference } from "./layer-preference.js";

/** Changes that come together are counted together: a participant who joins subscribes to everything there is. */
const COUNT_DELAY_MS = 10;

export interface DynacastOptions {
  readonly room: Room;
  readonly notify: (participantIds: readonly string[], notification: Notification) => void;
}

/**
 * Tells publishers which layers of their video somebody watches (`publishedLayers`), so that the others need not be encoded: once
 * a track is offered, and whenever that changes. What counts is what subscribers want, not what their paths carry.
 */
export class Dynacast {
  readonly #options: DynacastOptions;
  /** By track id, of tracks that were offered. */
  readonly #demands = new Map<string, LayerDemand>();
  readonly #encodingCounts = new Map<string, number>();
  readonly #uncounted = new Set<string>();
  #countAt: Instant | undefined;
  /** Not later than the earliest time a demand ends. */
  #endsAt: Instant | undefined;

  constructor(options: DynacastOptions) {
    this.#options = options;
  }

  /** The track's Producer was opened, with so many encodings; perhaps not for the first time. */
  handleProducerOpened(track: Track, encodingCount: number, now: Instant): void {
    this.#encodingCounts.set(track.trackId, encodingCount);
    // A peer connection that is not the first sends everything until it hears otherwise.
    if (this.#demands.get(track.trackId)?.wanted.includes(false)) this.#tell(track.trackId);
    this.handleDemandChanged(track.trackId, now);
  }

  handleTrackClosed(trackId: string): void {
    this.#demands.delete(trackId);
    this.#encodingCounts.delete(trackId);
    this.#uncounted.delete(trackId);
  }

  /** Its subscribers, their wishes or its layers are not what they were. */
  handleDemandChanged(trackId: string, now: Instant): void {
    if (!this.#encodingCounts.has(trackId)) return;
    this.#uncounted.add(trackId);
    this.#countAt ??= after(now, COUNT_DELAY_MS);
  }

  /** What was said while the participant was away it has not heard. */
  handleResumed(participantId: string): void {
    for (const { trackId } of this.#options.room.tracksOf(participantId)) {
      if (this.#demands.has(trackId)) this.#tell(trackId);
    }
  }

  /** Whether the track's publisher has been asked for some layer, long enough for a picture to be there. */
  isPictureDue(trackId: string, now: Instant): boolean {
    return this.#demands.get(trackId)?.isPictureDue(now) ?? true;
  }

  pollTimeout(): Instant | undefined {
    return earliest(this.#countAt, this.#endsAt);
  }

  handleTimeout(now: Instant): void {
    if (this.#countAt !== undefined && this.#countAt <= now) {
      this.#countAt = undefined;
      for (const trackId of this.#uncounted) this.#count(trackId, now);
      this.#uncounted.clear();
    }
    if (this.#endsAt === undefined || this.#endsAt > now) return;
    this.#endsAt = undefined;
    for (const [trackId, demand] of this.#demands) {
      if (demand.handleTimeout(now)) this.#tell(trackId);
      this.#endsAt = earliest(this.#endsAt, demand.pollTimeout());
    }
  }

  #count(trackId: string, now: Instant): void {
    const track = this.#options.room.track(trackId);
    if (track === undefined) return;
    const layerCount = track.layers?.length ?? Math.min(this.#encodingCounts.get(trackId) || 1, MAX_VIDEO_LAYERS);
    let demand = this.#demands.get(trackId);
    const isOther = demand !== undefined && demand.layerCount !== layerCount;
    if (demand === undefined || isOther) {
      demand = new LayerDemand(layerCount);
      this.#demands.set(trackId, demand);
    }
    const isChanged = demand.handleDemand(this.#layersWanted(track, layerCount), now);
    if (isChanged || isOther) this.#tell(trackId);
    this.#endsAt = earliest(this.#endsAt, demand.pollTimeout());
  }

  /** How many of its layers, from the lowest, the most demanding subscriber wants. */
  #layersWanted(track: Track, layerCount: number): number {
    let layers = Math.min(layerCount, Math.max(0, ...track.layersWantedElsewhere.values()));
    for (const participantId of track.subscribers) {
      const wish = this.#options.room.subscription(participantId, track.trackId)?.wish;
      if (wish === undefined || wish.isPaused) continue;
      layers = Math.max(layers, layerPreference(wish, track.layers).maxSpatialLayer + 1);
      if (layers >= layerCount) return layerCount;
    }
    return layers;
  }

  #tell(trackId: string): void {
    const { room, notify } = this.#options;
    const track = room.track(trackId);
    const wanted = this.#demands.get(trackId)?.wanted;
    if (track === undefined || wanted === undefined) return;
    notify([track.participantId], { method: "publishedLayers", params: { trackId, wanted } });
  }
}
