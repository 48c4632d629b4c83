import type { LayerPreference } from "@sluice/media";
import type { Notifications } from "@sluice/protocol";
import type { SentTrack, WantedTrack } from "../signaling/negotiation/negotiation-types.js";

/** What a subscriber last heard of a Consumer. */
export type ToldLayers = Omit<Notifications["subscribedLayers"], "trackId">;

/** One Consumer as the control process knows it. */
export interface SentConsumer {
  readonly consumerId: string;
  readonly trackId: string;
  /** Of the worker; another one for the same track means the Consumer is dead. */
  readonly producerId: string;
  isPaused: boolean;
  /** Of video. */
  preference: LayerPreference | undefined;
  /** What the subscriber last heard of what it is sent; undefined: nothing. */
  told: ToldLayers | undefined;
}

/** The Consumers after an offer: one that stays keeps its state. */
export function sentConsumers(
  sent: readonly SentTrack[],
  wanted: readonly WantedTrack[],
  before: ReadonlyMap<string, SentConsumer>,
): Map<string, SentConsumer> {
  const byTrackId = new Map(wanted.map((track) => [track.trackId, track]));
  const consumers = new Map<string, SentConsumer>();
  for (const { trackId, consumerId } of sent) {
    const existing = before.get(trackId);
    const track = byTrackId.get(trackId);
    if (existing?.consumerId === consumerId) consumers.set(trackId, existing);
    else if (track !== undefined) {
      const { producerId, isPaused = false, preference } = track;
      consumers.set(trackId, { consumerId, trackId, producerId, isPaused, preference, told: undefined });
    }
  }
  return consumers;
}
