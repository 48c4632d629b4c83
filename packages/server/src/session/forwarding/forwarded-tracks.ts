import { SluiceError, type SubscriptionPermissions } from "@sluice/protocol";
import type { Participant } from "../../room/participant.js";
import type { Track } from "../../room/track.js";
import type { TrackDetails } from "../../room/track-details.js";
import type { Clock } from "../clock.js";
import type { LiveProducer } from "../live-producers.js";
import type { RoomSession } from "../room-session.js";
import type { MediaPaths } from "./media-paths.js";

/** What the destination was last told of a track, and where its media comes from there. */
interface ForwardedTrack {
  /** In the destination; undefined: it was refused there. */
  readonly trackId: string | undefined;
  isMuted: boolean;
  layers: Track["layers"];
  details: TrackDetails;
  original: LiveProducer | undefined;
}

export interface ForwardedTracksOptions {
  readonly clock: Clock;
  readonly source: RoomSession;
  readonly destination: RoomSession;
  /** Of the participant in the destination. */
  readonly participantId: string;
  readonly paths: MediaPaths;
}

/** [RM92] The tracks of one participant, and the same in another room: what is new of them here is done there. */
export class ForwardedTracks {
  readonly #options: ForwardedTracksOptions;
  /** By the track's id where it comes from. */
  readonly #tracks = new Map<string, ForwardedTrack>();

  constructor(options: ForwardedTracksOptions) {
    this.#options = options;
  }

  /** Doing it again changes nothing. */
  update({ tracks }: Participant): void {
    for (const trackId of [...this.#tracks.keys()]) if (!tracks.has(trackId)) this.#unpublish(trackId);
    for (const track of [...tracks.values()]) {
      const forwarded = this.#tracks.get(track.trackId) ?? this.#publish(track);
      this.#describe(track, forwarded);
      this.#connect(track, forwarded);
    }
  }

  /** What its publisher says here of who may receive what, in the destination's ids. */
  translate({ everybody, participants }: SubscriptionPermissions): SubscriptionPermissions {
    const translated = participants.map(({ trackIds, ...grant }) => {
      return { ...grant, trackIds: trackIds.flatMap((trackId) => this.#tracks.get(trackId)?.trackId ?? []) };
    });
    return { everybody, participants: translated };
  }

  /** [RM94] So many layers are wanted of a track of the destination. */
  handleDemand(trackId: string, layers: number): void {
    const { source, destination } = this.#options;
    const [sourceId] = [...this.#tracks].find(([, forwarded]) => forwarded.trackId === trackId) ?? [];
    const track = source.room.track(sourceId ?? "");
    track?.layersWantedElsewhere.set(destination.room.roomId, layers);
    if (track !== undefined) this.#countDemand(track.trackId);
  }

  /** The participant is not in the destination any more. */
  close(): void {
    for (const trackId of [...this.#tracks.keys()]) this.#forget(trackId);
  }

  #publish(track: Track): ForwardedTrack {
    const { destination, participantId } = this.#options;
    const { trackId: cid, kind, source, name, isMuted, layers, details } = track;
    const parameters = { cid, kind, source, name, muted: isMuted, ...(layers === undefined ? {} : { layers: [...layers] }) };
    const trackId = granted(() => destination.publish(participantId, parameters, plainDetails(details)).trackId);
    const forwarded: ForwardedTrack = { trackId, isMuted, layers, details, original: undefined };
    this.#tracks.set(cid, forwarded);
    // Until the destination has counted, everything is wanted there: it begins with all of it.
    track.layersWantedElsewhere.set(destination.room.roomId, Number.POSITIVE_INFINITY);
    this.#countDemand(cid);
    return forwarded;
  }

  #describe(track: Track, forwarded: ForwardedTrack): void {
    const { destination, participantId } = this.#options;
    const { trackId } = forwarded;
    const { kind, isMuted, layers, details } = track;
    if (trackId === undefined || destination.room.track(trackId) === undefined) return;
    if (forwarded.isMuted !== isMuted) {
      forwarded.isMuted = isMuted;
      destination.command((room) => room.muteFor(trackId, isMuted));
    }
    if (forwarded.layers !== layers && layers !== undefined) {
      forwarded.layers = layers;
      granted(() => destination.publish(participantId, { cid: track.trackId, kind, layers: [...layers] }));
    }
    if (forwarded.details === details) return;
    forwarded.details = details;
    destination.command((room) => room.describeTrack(trackId, plainDetails(details)));
  }

  /** Its media begins, begins anew because its publisher or a worker did, or ends. */
  #connect(track: Track, forwarded: ForwardedTrack): void {
    const { source, destination, paths } = this.#options;
    const { trackId } = forwarded;
    if (trackId === undefined || destination.room.track(trackId) === undefined) return;
    const original = source.media.producers.get(track.trackId);
    const copy = destination.media.producers.get(trackId);
    const isSame = original?.producerId === forwarded.original?.producerId;
    const isCarried = isSame && (copy === undefined) === (original === undefined);
    if (isCarried && original !== undefined && original.codecs !== forwarded.original?.codecs) {
      destination.media.producers.setCodecs(trackId, original.codecs);
    }
    forwarded.original = original;
    if (isCarried) return;
    if (original !== undefined) paths.open({ source, destination, trackId, original });
    else if (copy !== undefined) paths.close({ destination, trackId });
  }

  #unpublish(sourceId: string): void {
    const { destination, participantId } = this.#options;
    const trackId = this.#tracks.get(sourceId)?.trackId;
    this.#forget(sourceId);
    if (trackId !== undefined) destination.command((room) => room.unpublish(participantId, trackId));
  }

  #forget(sourceId: string): void {
    const { source, destination, paths } = this.#options;
    const trackId = this.#tracks.get(sourceId)?.trackId;
    this.#tracks.delete(sourceId);
    if (trackId !== undefined) paths.forget(trackId);
    source.room.track(sourceId)?.layersWantedElsewhere.delete(destination.room.roomId);
    this.#countDemand(sourceId);
  }

  #countDemand(sourceId: string): void {
    const { source, clock } = this.#options;
    source.command(() => source.media.handleDemandChanged(sourceId, clock.now()));
  }
}

/** What is sent is agreed here, and said there once it flows. */
function plainDetails({ codecs: _, ...details }: TrackDetails): Partial<TrackDetails> {
  return details;
}

/** Undefined when the destination does not grant it: it may know more of the participant than the room it comes from. */
function granted<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    return undefined;
  }
}
