import { type Params, SluiceError, type TrackInfo } from "@sluice/protocol";
import { announcedLayers, isSameLayers } from "./announced-layers.js";
import type { EffectQueue } from "./effect-queue.js";
import type { Participant } from "./participant.js";
import { checkMuteOther, checkPublish, mayPublish } from "./permissions.js";
import type { RoomOptions } from "./room-options.js";
import type { Roster } from "./roster.js";
import type { Subscriptions } from "./subscriptions.js";
import { Track } from "./track.js";
import { changeTrackDetails, DEFAULT_TRACK_DETAILS, type TrackDetails } from "./track-details.js";

export interface PublicationsOptions extends Pick<RoomOptions, "randomId" | "maxTracks"> {
  readonly roster: Roster;
  readonly subscriptions: Subscriptions;
  readonly effects: EffectQueue;
}

/** The tracks of a room. */
export class Publications {
  readonly #options: PublicationsOptions;
  readonly #tracks = new Map<string, Track>();

  constructor(options: PublicationsOptions) {
    this.#options = options;
  }

  get(trackId: string): Track | undefined {
    return this.#tracks.get(trackId);
  }

  /** Throws `notFound`. */
  require(trackId: string): Track {
    const track = this.#tracks.get(trackId);
    if (track === undefined) throw new SluiceError("notFound", `no track ${trackId} in this room`);
    return track;
  }

  all(): Iterable<Track> {
    return this.#tracks.values();
  }

  /** The room is closed: only those outside need to hear of it. */
  close(): void {
    const { roster, effects } = this.#options;
    for (const track of this.#tracks.values()) {
      const participant = roster.get(track.participantId);
      if (participant === undefined || !track.isNegotiated) continue;
      effects.push({ type: "happened", event: { type: "trackUnpublished", participant, track } });
    }
    this.#tracks.clear();
  }

  /**
   * Publishing the same `cid` again is the same track, perhaps with other layers. Throws `permissionDenied`, `resourceExhausted`,
   * `alreadyExists` or, for layers that make no sense, `invalidArgument`.
   */
  publish(participant: Participant, params: Params<"publish">, details: Partial<TrackDetails>): TrackInfo {
    const { effects, subscriptions, randomId, maxTracks } = this.#options;
    const { participantId } = participant;
    const source = params.source ?? "unknown";
    checkPublish(participant.permissions, source);
    const layers = announcedLayers(params.kind, params.layers);
    for (const published of participant.tracks.values()) {
      if (published.cid !== params.cid) continue;
      if (published.kind !== params.kind) {
        throw new SluiceError("alreadyExists", `a track with this cid is published as ${published.kind}`);
      }
      if (params.layers !== undefined) this.#announceLayers(participant, published, layers);
      return published.info;
    }
    if (participant.tracks.size >= maxTracks) {
      throw new SluiceError("resourceExhausted", `a participant may publish ${maxTracks} tracks`);
    }
    const track = new Track({
      trackId: randomId("TR_"),
      participantId,
      cid: params.cid,
      kind: params.kind,
      source,
      name: params.name ?? "",
      isMuted: params.muted ?? false,
      layers,
      details: { ...DEFAULT_TRACK_DETAILS, ...details },
    });
    participant.tracks.set(track.trackId, track);
    this.#tracks.set(track.trackId, track);
    this.#changed(participant, track);
    effects.push({ type: "countsChanged" });
    subscriptions.handlePublished(track);
    return track.info;
  }

  /** Unpublishing what is not there (any more) is done already. Throws `permissionDenied` for somebody else's track. */
  unpublish(participant: Participant, trackId: string): void {
    const track = this.#tracks.get(trackId);
    if (track === undefined) return;
    if (track.participantId !== participant.participantId) {
      throw new SluiceError("permissionDenied", "this track is somebody else's");
    }
    this.#unpublish(participant, track, this.#options.roster.others(participant));
  }

  /** [RM14] [RM73] Tracks that the participant may not publish any more; it is told, too. */
  revoke(participant: Participant): void {
    for (const track of participant.tracks.values()) {
      if (mayPublish(participant.permissions, track.source)) continue;
      this.#unpublish(participant, track, this.#options.roster.all());
    }
  }

  /** Own tracks both ways; with roomAdmin anybody's, but only to mute. Throws `notFound` or `permissionDenied`. */
  mute(participant: Participant, trackId: string, isMuted: boolean): void {
    const track = this.require(trackId);
    if (track.participantId !== participant.participantId) checkMuteOther(participant.permissions, isMuted);
    this.#setMuted(track, isMuted, this.#options.roster.others(participant));
  }

  /** By the server's API, which has checked whether it may. Throws `notFound`. */
  muteFor(trackId: string, isMuted: boolean): void {
    this.#setMuted(this.require(trackId), isMuted, this.#options.roster.all());
  }

  /** [RM27] What its publisher or the negotiation says about a track. Nothing happens to one that is gone. */
  describe(trackId: string, changes: Partial<TrackDetails>): void {
    const { roster, effects, subscriptions } = this.#options;
    const track = this.#tracks.get(trackId);
    const participant = roster.get(track?.participantId ?? "");
    if (track === undefined || participant === undefined) return;
    const details = changeTrackDetails(track.details, changes);
    if (details === track.details) return;
    const wasNegotiated = track.isNegotiated;
    track.details = details;
    this.#changed(participant, track);
    if (wasNegotiated || !track.isNegotiated) return;
    effects.push({ type: "happened", event: { type: "trackPublished", participant, track } });
    subscriptions.handleNegotiated(track);
  }

  /** The participant is gone. */
  handleLeft(participant: Participant): void {
    for (const track of participant.tracks.values()) this.#close(participant, track);
  }

  /** [RM26] */
  #announceLayers(participant: Participant, track: Track, layers: Track["layers"]): void {
    if (isSameLayers(track.layers, layers)) return;
    track.layers = layers;
    this.#options.effects.push({ type: "layersAnnounced", trackId: track.trackId });
    this.#changed(participant, track);
  }

  /** The others are told of a track, or what is new about it. */
  #changed(participant: Participant, track: Track): void {
    const { roster, effects } = this.#options;
    const { participantId, info } = track;
    participant.version += 1;
    effects.tell(roster.others(participant), { method: "trackPublished", params: { participantId, track: info } });
  }

  #setMuted(track: Track, isMuted: boolean, receivers: readonly Participant[]): void {
    const { roster, effects } = this.#options;
    const { participantId, trackId } = track;
    if (track.isMuted === isMuted) return;
    track.isMuted = isMuted;
    const publisher = roster.get(participantId);
    if (publisher !== undefined) publisher.version += 1;
    effects.push({ type: "trackPaused", trackId, isPaused: isMuted });
    effects.tell(receivers, { method: "trackMuted", params: { participantId, trackId, muted: isMuted } });
  }

  #unpublish(participant: Participant, track: Track, receivers: readonly Participant[]): void {
    const { participantId, trackId } = track;
    participant.handleUnpublished(trackId);
    participant.version += 1;
    this.#options.effects.tell(receivers, { method: "trackUnpublished", params: { participantId, trackId } });
    this.#close(participant, track);
    this.#options.effects.push({ type: "countsChanged" });
  }

  #close(participant: Participant, track: Track): void {
    this.#tracks.delete(track.trackId);
    const { effects, subscriptions } = this.#options;
    effects.push({ type: "trackClosed", trackId: track.trackId, participantId: track.participantId });
    subscriptions.handleTrackClosed(track);
    if (track.isNegotiated) effects.push({ type: "happened", event: { type: "trackUnpublished", participant, track } });
  }
}
