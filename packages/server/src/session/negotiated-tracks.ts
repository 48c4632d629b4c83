/** Tracks and subscriptions of a room in the words of the negotiation. */
import { type Params, SluiceError } from "@sluice/protocol";
import { FORWARDED_CODECS } from "../room/codec-names.js";
import type { Room } from "../room/room.js";
import type { Track } from "../room/track.js";
import type { PublishedTrack, WantedTrack } from "../signaling/negotiation/negotiation-types.js";
import { consumerWish } from "./consumer-wish.js";
import type { MediaForm } from "./media-form.js";
import type { RoomProducers } from "./room-producers.js";

/** Which section of an offer carries which track of its author. */
export type NamedSections = NonNullable<Params<"offer">["tracks"]>;

/**
 * A Producer is called as its track: see {@link RoomProducers}. [RM119] A track that was taken back while the offer was on its way is left out. Throws `notFound`
 * for one that never was the participant's.
 */
export function publishedTracks(room: Room, participantId: string, sections: NamedSections): PublishedTrack[] {
  const { enabledCodecs } = room.settings;
  const enabled = enabledCodecs.length < FORWARDED_CODECS.length ? { enabledCodecs } : {};
  const participant = room.participant(participantId);
  return sections.flatMap(({ mid, trackId }) => {
    if (participant?.hadTrack(trackId) === true) return [];
    const track = room.track(trackId);
    if (track?.participantId !== participantId) {
      throw new SluiceError("notFound", `${trackId} is no track of this participant: publish it before the offer`);
    }
    const { kind, isMuted: isPaused } = track;
    return [{ mid, trackId, producerId: trackId, kind, isPaused, ...enabled, ...wishesOf(track) }];
  });
}

/** What the answer is to ask the publisher for. */
function wishesOf({ kind, details }: Track): Partial<PublishedTrack> {
  const { wishedCodec, isRedDisabled, isDtxDisabled, isStereo } = details;
  return {
    ...(wishedCodec === "" ? {} : { codec: wishedCodec }),
    ...(kind === "audio" ? { isRedDisabled, isDtxEnabled: !isDtxDisabled, isStereo } : {}),
  };
}

/** What the participant is subscribed to and what its publisher is sending. */
export function wantedTracks(
  room: Room,
  producers: RoomProducers,
  participantId: string,
  { mayPauseVideo = true }: MediaForm = {},
): WantedTrack[] {
  const wanted: WantedTrack[] = [];
  for (const subscription of room.subscriptionsOf(participantId)) {
    const { trackId, kind, participantId: publisherId, details } = subscription.track;
    const producer = producers.get(trackId);
    if (producer === undefined) continue;
    const { producerId, codecs } = producer;
    const wish = { ...consumerWish(subscription, mayPauseVideo), ...(details.isStereo ? { isStereo: true } : {}) };
    wanted.push({ trackId, participantId: publisherId, kind, cname: publisherId, ...wish, producerId, codecs });
  }
  return wanted;
}

export function trackIdsByMid(sections: NamedSections): Map<string, string> {
  return new Map(sections.map(({ mid, trackId }) => [mid, trackId]));
}

/**
 * The sections after some more were named: a track that had another section leaves it, a section that had another track is given
 * to the new one, and what has been taken back meanwhile is left out.
 */
export function mergeSections(room: Room, before: ReadonlyMap<string, string>, named: NamedSections): NamedSections {
  const trackIds = new Set(named.map(({ trackId }) => trackId));
  const mids = new Set(named.map(({ mid }) => mid));
  const kept = [...before]
    .map(([mid, trackId]) => ({ mid, trackId }))
    .filter(({ mid, trackId }) => !trackIds.has(trackId) && !mids.has(mid) && room.track(trackId) !== undefined);
  return [...kept, ...named];
}
